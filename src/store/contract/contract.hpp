// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/memory/memory_store.hpp"
#include "store/reader.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fleet::store::contract {

/// What became of the records of one add().
struct Added {
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t late = 0;
    std::uint64_t refused = 0;  ///< their device is disabled
    std::vector<AddOutcome::Kind>
        kinds;  ///< of each record, in order; empty if the backend tells sums only

    /// Takes the fate of one more record into account.
    void count(AddOutcome::Kind kind);
};

/// A store under test: the way in (which FleetReader does not have) and the reader. A failure of
/// the backend itself fails the running test.
class Backend {
  public:
    virtual ~Backend() = default;
    /// The reader; asked again after each disturb(), which may replace it.
    [[nodiscard]] virtual FleetReader& reader() = 0;
    /// Stores valid records in their order. Each names its fleet. Their text needs to live only
    /// during the call.
    virtual Added add(std::span<const model::Record> records) = 0;
    virtual void register_device(const std::string& id, const std::string& fleet) = 0;
    /// Makes a device or changes what is said about it.
    virtual void change_device(const model::DeviceChange& change) = 0;
    /// Moves a known device to a fleet from a day on.
    virtual void move_device(const std::string& id, const std::string& fleet, Day from) = 0;
    virtual void set_retention(const std::string& fleet, int days) = 0;
    /// Changes where rows lie but no answer: checkpoint, compaction, restart, chosen by `dice`.
    virtual void disturb(unsigned dice) = 0;
};

struct BackendKind {
    std::string name;
    /// A new, empty store, whose fleets keep 30 days of the time that the clock shows.
    std::function<std::unique_ptr<Backend>(std::shared_ptr<const Clock>)> make;
    /// Whether it keeps what is said about devices and moves them between fleets. A backend that
    /// does not has no such tests, and says so where it is documented.
    bool keeps_devices = true;
};

/// The suite. A backend runs it with
///   INSTANTIATE_TEST_SUITE_P(Local, ReaderContract, testing::Values(kind), kind_name);
/// in a test that links this library.
class ReaderContract : public testing::TestWithParam<BackendKind> {
  protected:
    ReaderContract();

    FleetReader& reader() { return backend_->reader(); }
    /// Adds one record to `fleet`.
    AddOutcome::Kind add(const std::string& fleet, model::Record record);
    /// Adds records to `fleet` in one go.
    void put(const std::string& fleet, std::vector<model::Record> records);
    /// The first page of a fleet's alerts of all times.
    std::vector<Alert> alerts_of(const std::string& fleet, const AlertFilter& filter = {});

    /// See BackendKind::keeps_devices.
    static bool keeps_devices() { return GetParam().keeps_devices; }

    static constexpr Day kToday{20'527};  // 2026-03-15
    static constexpr Timestamp kNow{kToday.value * kMsPerDay + 12 * kMsPerHour};
    const model::FleetScope all_ = model::ScopeForTests::everything();
    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(kNow);
    std::unique_ptr<Backend> backend_;
};

[[nodiscard]] std::string kind_name(const testing::TestParamInfo<BackendKind>& info);

/// A record of `device` with the given fields. Text is not copied.
[[nodiscard]] model::Record record_of(
    std::string_view device, Timestamp ts,
    std::initializer_list<std::pair<model::Field, std::int32_t>> fields = {});

/// Rows, latest and so on as text, one line each: equal texts mean equal answers, and a difference
/// can be read.
[[nodiscard]] std::string text_of(const model::Rows& rows);
[[nodiscard]] std::string text_of(const model::Latest& latest);
[[nodiscard]] std::string text_of(const DeviceInfo& info);
[[nodiscard]] std::string text_of(const LatestOfDevice& latest);
[[nodiscard]] std::string text_of(const DaySummary& summary);
[[nodiscard]] std::string text_of(const FleetDay& day);
[[nodiscard]] std::string text_of(const Series& series);
[[nodiscard]] std::string text_of(const Kpis& kpis);
[[nodiscard]] std::string text_of(const model::Trip& trip);
[[nodiscard]] std::string text_of(const model::Stop& stop);
/// Without `late` and actions, which depend on more than the rows.
[[nodiscard]] std::string text_of(const Alert& alert);
[[nodiscard]] std::string text_of(const std::vector<FleetInfo>& fleets);
[[nodiscard]] std::string text_of(const std::optional<Timestamp>& time);

/// The tests lie in several objects of a static library, of which a linker takes only what is
/// named.
void link_queries();
void link_paging();
void link_fold();
void link_series();
void link_scan();
void link_differential();
void link_devices();
inline const bool kLinked = (link_queries(), link_paging(), link_fold(), link_series(), link_scan(),
                             link_differential(), link_devices(), true);

}  // namespace fleet::store::contract
