// SPDX-License-Identifier: Apache-2.0
// Scans of a store that has no better way than to read the histories.
#include "store/reader.hpp"
#include "store/retention.hpp"

#include <algorithm>
#include <utility>

namespace fleet::store {

namespace {

class HistoryScan final : public ScanSource {
  public:
    HistoryScan(FleetReader& reader, const model::FleetScope& scope, std::string fleet)
        : reader_(reader), scope_(scope), fleet_(std::move(fleet)) {}

    Result<std::vector<std::string>> devices_behind(const std::string& device) override {
        std::vector<std::string> ids;
        while (!at_end_ && (ids.empty() || ids.back() <= device)) {
            FLEET_TRY(Page<DeviceInfo> page,
                      reader_.devices(scope_, fleet_, {.limit = kMaxLimit, .cursor = cursor_}));
            for (DeviceInfo& info : page.items) {
                if (info.id <= device) continue;
                if (info.first_seen && info.last_seen)
                    seen_.push_back({info.id, *info.first_seen, *info.last_seen});
                ids.push_back(std::move(info.id));
            }
            cursor_ = std::move(page.next);
            at_end_ = cursor_.empty();
        }
        return ids;
    }

    Result<std::vector<Day>> days(const std::string& device, TimeRange range) override {
        FLEET_TRY(const std::optional<TimeRange> seen, seen_of(device));
        std::vector<Day> days;
        if (!seen) return days;
        const Timestamp from = std::max(range.from, seen->from);
        const Timestamp to = std::min(range.to, seen->to);
        if (from >= to) return days;
        for (std::int64_t day = from.ms / kMsPerDay; day * kMsPerDay < to.ms; ++day)
            days.push_back(day_of(Timestamp{day * kMsPerDay}));
        return days;
    }

    Result<std::uint64_t> rows(const std::string& device, TimeRange range,
                               const std::vector<ScanCondition>& where, std::size_t limit,
                               model::Rows& out) override {
        return each_row(device, range, [&](const model::Sample& sample, const model::Rows& rows) {
            if (out.size() < limit && holds(where, sample))
                out.samples.push_back(model::translate(sample, rows.texts, out.texts));
            return out.size() < limit;
        });
    }

    Result<std::uint64_t> values(const std::string& device, TimeRange range,
                                 const std::vector<ScanCondition>& where, model::Field metric,
                                 model::MetricStats& out) override {
        return each_row(device, range, [&](const model::Sample& sample, const model::Rows&) {
            if (sample.has(metric) && holds(where, sample)) out.add(sample.value(metric));
            return true;
        });
    }

  private:
    struct Seen {
        std::string device;
        Timestamp first;
        Timestamp last;
    };

    /// First record to behind the last one; nothing for a device without any.
    Result<std::optional<TimeRange>> seen_of(const std::string& device) {
        while (!seen_.empty() && seen_.front().device < device) seen_.erase(seen_.begin());
        if (!seen_.empty() && seen_.front().device == device)
            return std::optional(TimeRange{seen_.front().first, {seen_.front().last.ms + 1}});
        const auto info = reader_.device(scope_, device);
        if (!info && info.error().code != Code::not_found) return fail(info.error());
        if (!info || !info->first_seen || !info->last_seen) return std::optional<TimeRange>();
        return std::optional(TimeRange{*info->first_seen, {info->last_seen->ms + 1}});
    }

    /// Until `take` returns false.
    template <class Take>
    Result<std::uint64_t> each_row(const std::string& device, TimeRange range, Take take) {
        std::uint64_t looked_at = 0;
        PageRequest request{.limit = kMaxLimit, .cursor = {}};
        do {
            FLEET_TRY(HistoryPage page,
                      reader_.history(scope_, device, range, Order::oldest_first, request));
            for (const model::Sample& sample : page.rows.samples) {
                ++looked_at;
                if (!take(sample, page.rows)) return looked_at;
            }
            request.cursor = std::move(page.next);
        } while (!request.cursor.empty());
        return looked_at;
    }

    FleetReader& reader_;
    const model::FleetScope& scope_;
    std::string fleet_;
    std::string cursor_;
    bool at_end_ = false;
    std::vector<Seen> seen_;  ///< of the page of devices, by id
};

/// Start of what a fleet keeps. not_found: no such fleet.
Result<std::optional<Timestamp>> kept_of(FleetReader& reader, const model::FleetScope& scope,
                                         const std::string& fleet) {
    // Any question about the first millisecond says it.
    FLEET_TRY(const Page<Alert> page, reader.alerts(scope, fleet, {}, {Timestamp{0}, Timestamp{1}},
                                                    {.limit = 1, .cursor = {}}));
    return page.retention_from;
}

}  // namespace

Result<ScanPage> FleetReader::scan(const model::FleetScope& scope, const std::string& fleet,
                                   const ScanRequest& request, const PageRequest& page) {
    FLEET_TRY(const std::optional<Timestamp> kept, kept_of(*this, scope, fleet));
    HistoryScan source(*this, scope, fleet);
    return store::scan(source, fleet, request, kept, page);
}

Result<Page<ScanDay>> FleetReader::scan_days(const model::FleetScope& scope,
                                             const std::string& fleet, const ScanRequest& request,
                                             model::Field metric, const PageRequest& page) {
    FLEET_TRY(const std::optional<Timestamp> kept, kept_of(*this, scope, fleet));
    HistoryScan source(*this, scope, fleet);
    return store::scan_days(source, fleet, request, metric, kept, page);
}

}  // namespace fleet::store
