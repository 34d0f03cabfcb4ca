// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"
#include "store/page.hpp"
#include "store/time_range.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::store {

/// How a stored value stands to a bound.
enum class Compare : std::uint8_t { below, at_most, equal, at_least, above };

/// A condition on one numeric field, in stored units. A row without the field does not meet it.
struct ScanCondition {
    model::Field field = model::Field::speed;
    Compare compare = Compare::above;
    std::int32_t bound = 0;

    [[nodiscard]] bool holds(std::int32_t value) const noexcept;
    /// Whether any value of [least, most] can meet it.
    [[nodiscard]] bool may_hold(std::int32_t least, std::int32_t most) const noexcept;
    bool operator==(const ScanCondition&) const = default;
};

inline constexpr std::size_t kMaxConditions = 8;
/// Stored rows that one page of a scan looks at before it ends early, so that no question holds a
/// thread for long. A day of one device is never cut.
inline constexpr std::uint64_t kScanRowsOfPage = 20'000'000;

/// Which rows of a fleet are wanted: those of the range that meet every condition.
struct ScanRequest {
    TimeRange range;
    std::vector<ScanCondition> where;  ///< at most kMaxConditions; none: every row
};

[[nodiscard]] bool holds(const std::vector<ScanCondition>& where,
                         const model::Sample& sample) noexcept;

/// Rows of one device that meet the conditions, ascending.
struct DeviceRows {
    std::string device;
    model::Rows rows;
};

/// Devices by id in byte order, each with at least one row. `next` may be set although there are
/// fewer rows than asked for, or none: the page had looked at enough.
struct ScanPage {
    std::vector<DeviceRows> devices;
    std::string next;
    std::optional<Timestamp> retention_from;  ///< set when the range reaches before what is kept

    [[nodiscard]] std::size_t rows() const noexcept;
};

/// The values of a metric in those rows of a device's UTC day that meet the conditions and carry
/// it: at least one.
struct ScanDay {
    std::string device;
    Day day;
    model::MetricStats values;
    bool operator==(const ScanDay&) const = default;
};

/// What a scan reads. One scan uses one source.
class ScanSource {
  public:
    virtual ~ScanSource() = default;
    /// Ids of the fleet's devices behind `device` in byte order, ascending, at most kMaxLimit;
    /// empty behind the last.
    [[nodiscard]] virtual Result<std::vector<std::string>> devices_behind(
        const std::string& device) = 0;
    /// Days of the range that may hold rows of the device, ascending.
    [[nodiscard]] virtual Result<std::vector<Day>> days(const std::string& device,
                                                        TimeRange range) = 0;
    /// Appends the first `limit` rows of the range, a part of one day, that meet the conditions.
    /// Returns the number of rows that were looked at.
    [[nodiscard]] virtual Result<std::uint64_t> rows(const std::string& device, TimeRange range,
                                                     const std::vector<ScanCondition>& where,
                                                     std::size_t limit, model::Rows& out) = 0;
    /// Adds the metric of all such rows that carry it. Returns the number of rows that were looked
    /// at.
    [[nodiscard]] virtual Result<std::uint64_t> values(const std::string& device, TimeRange range,
                                                       const std::vector<ScanCondition>& where,
                                                       model::Field metric,
                                                       model::MetricStats& out) = 0;
};

/// FleetReader::scan() on a source; `kept` is the start of what the fleet keeps.
[[nodiscard]] Result<ScanPage> scan(ScanSource& source, const std::string& fleet,
                                    const ScanRequest& request, std::optional<Timestamp> kept,
                                    const PageRequest& page);
/// FleetReader::scan_days() on a source.
[[nodiscard]] Result<Page<ScanDay>> scan_days(ScanSource& source, const std::string& fleet,
                                              const ScanRequest& request, model::Field metric,
                                              std::optional<Timestamp> kept,
                                              const PageRequest& page);

}  // namespace fleet::store
