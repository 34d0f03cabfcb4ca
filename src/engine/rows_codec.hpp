// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "engine/engine.hpp"
#include "engine/membership.hpp"
#include "engine/rule_book.hpp"
#include "engine/silence.hpp"
#include "fold/day_result.hpp"
#include "fold/device_state.hpp"
#include "model/stats.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::engine {

/// A change of the registry or the quarantine that must be durable, as a journal entry.
struct AdminOperation {
    enum class Kind : std::uint8_t {
        register_device,
        set_retention,
        remove_quarantined,
        change_rule,     ///< `rule_change`; all of one entry are applied together
        act_on_alert,    ///< `id` = device, `alert`, `action`
        alert_notified,  ///< `id` = device, `alert`
        erase,           ///< `id` = device, `period`
        barrier,         ///< nothing; all entries before it are applied before it
        change_devices,  ///< `devices`
        move_device,     ///< `id`, `fleet`, from the UTC day `days` on
    } kind{};
    std::string id;  ///< device (register_device)
    std::string fleet;
    std::int64_t days = 0;  ///< retention, 0 = unlimited; a day since the epoch (move_device)
    std::uint64_t quarantine_id = 0;
    RuleBook::Change rule_change;
    model::AlertId alert;
    AlertAction action;
    std::optional<ErasePeriod> period;  ///< nothing: the whole device
    std::vector<model::DeviceChange> devices;
    std::shared_ptr<EraseReport> report;  ///< not in the journal: where the caller wants to read it
};

/// What one journal entry holds: the rows and rejects of one batch, or operations. Self-contained:
/// devices and fleets by name.
struct DecodedEntry {
    Timestamp received;
    Batch batch;  ///< text points into the decoded bytes
    std::vector<AdminOperation> operations;
};

/// Journal payload of a batch. Layout: version u8 = 1, kind u8 = 1, received ms, source, default
/// fleet, devices (id, fleet of the first record that names one), rows (device index, time delta,
/// mask, values, texts), rejects.
[[nodiscard]] std::string encode_batch(const Batch& batch, Timestamp received);
[[nodiscard]] std::string encode_operations(const std::vector<AdminOperation>& operations,
                                            Timestamp received);
/// `bytes` must outlive the entry. Errors: corrupt, unsupported.
[[nodiscard]] Result<DecodedEntry> decode_entry(std::string_view bytes);

/// Persisted form of a device-day: what its fold gave (absent hours cost nothing) and the state at
/// the end of the day.
struct DayRow {
    fold::DayResult result;
    fold::DeviceState state;
    bool operator==(const DayRow&) const = default;
};
[[nodiscard]] std::string encode_day_row(const DayRow& row);
[[nodiscard]] Result<DayRow> decode_day_row(std::string_view bytes);

/// Persisted form of a device.
struct DevicePersistent {
    std::string id;
    std::uint32_t fleet = 0;  ///< the first one
    Memberships moves;        ///< all of them, if there were others
    /// When its newest record arrived, in s since the epoch; 0: it was loaded, nobody waited for
    /// it.
    std::uint32_t heard_s = 0;
    std::uint64_t applied_sequence = 0;  ///< last journal entry applied to it (I7)
    std::uint64_t stored = 0;            ///< ever, also what retention removed since
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t late = 0;
    std::uint64_t rows = 0;  ///< now
    std::int64_t first_ms = -1;
    std::int64_t last_ms = -1;
    model::Latest latest;
    std::vector<Day> days;          ///< with rows, ascending
    std::uint64_t rules_epoch = 0;  ///< of the rules that its days were folded with
    std::string base_state;    ///< encoded state at the end of the last day that retention removed
    Silences silences;         ///< that go on, and those that late rows may change
    std::uint64_t erased = 0;  ///< of `stored`, removed by erasures
    std::shared_ptr<const model::DeviceDetails> details;  ///< null: nobody said anything
};
[[nodiscard]] std::string encode_device(const DevicePersistent& device);
[[nodiscard]] Result<DevicePersistent> decode_device(std::string_view bytes);

[[nodiscard]] std::string encode_fleet(std::string_view id, int retention_days);
[[nodiscard]] Result<std::pair<std::string, int>> decode_fleet(std::string_view bytes);

[[nodiscard]] std::string encode_quarantined(const QuarantineEntry& entry);
[[nodiscard]] Result<QuarantineEntry> decode_quarantined(std::uint64_t id, std::string_view bytes);

}  // namespace fleet::engine
