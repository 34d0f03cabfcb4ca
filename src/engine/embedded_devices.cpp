// SPDX-License-Identifier: Apache-2.0
// Devices: who is registered, who may send, and what is said about them.
#include "codec/record_json.hpp"
#include "engine/embedded_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace fleet::engine {

std::vector<std::uint32_t> EmbeddedEngine::reject_unwelcome(model::RecordBatch& rows,
                                                            bool auto_register) const {
    std::vector<std::uint32_t> devices;
    registry_.find_all(rows.records, devices);
    registry_.mark_disabled(devices);
    const auto unwelcome = [&](std::uint32_t device) {
        return device == Registry::kDisabled || (device == Registry::kAbsent && !auto_register);
    };
    if (std::none_of(devices.begin(), devices.end(), unwelcome)) return {};
    std::vector<model::Record> known;
    std::vector<std::uint32_t> indexes;
    std::vector<std::uint32_t> positions;
    for (std::size_t i = 0; i < rows.records.size(); ++i) {
        const model::Record& record = rows.records[i];
        if (!unwelcome(devices[i])) {
            positions.push_back(static_cast<std::uint32_t>(i));
            known.push_back(record);
            indexes.push_back(rows.indexes[i]);
            continue;
        }
        // The bytes as received are gone; the decoded record as JSON can be re-driven just as well.
        model::Rows one;
        model::append(one, record);
        std::string raw;
        codec::JsonWriter json(raw);
        codec::append_sample(json, record.device, record.fleet, one.samples.front(), one.texts);
        rows.reject(
            model::Reason::unknown_device, rows.indexes[i], raw,
            devices[i] == Registry::kDisabled
                ? fmt::format("device {} is disabled; enable it to take its records again",
                              record.device)
                : fmt::format("device {} is not registered, and this source may not register it",
                              record.device));
    }
    rows.records = std::move(known);
    rows.indexes = std::move(indexes);
    if (positions.empty()) positions.push_back(0);  // non-empty: not all were kept
    return positions;
}

void EmbeddedEngine::reject_unknown(PendingEntry& entry) const {
    const std::size_t count = entry.batch.rows.records.size();
    entry.positions = reject_unwelcome(entry.batch.rows, entry.batch.auto_register);
    if (entry.positions.empty()) return;
    // Those of the kept ones are put in their places at the end.
    entry.result.statuses.assign(count, RowStatus::rejected);
}

DeviceHandle EmbeddedEngine::intern_device(std::string_view id, std::string_view fleet) {
    bool created = false;
    const std::uint32_t number = registry_.intern_fleet(fleet, options_.retention_days, created);
    const DeviceHandle device = registry_.intern_device(
        id, number, created, [this](DeviceHandle fresh) { head_->prepare_device(fresh); });
    if (created) head_->add_device(device);
    return device;
}

void EmbeddedEngine::register_absent(const Batch& batch, std::vector<std::uint32_t>& devices) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
        if (devices[i] != Registry::kAbsent) continue;
        const model::Record& record = batch.rows.records[i];
        devices[i] = intern_device(record.device, record.fleet.empty()
                                                      ? std::string_view(batch.default_fleet)
                                                      : record.fleet)
                         .value;
    }
}

Result<void> EmbeddedEngine::register_device(const std::string& id, const std::string& fleet) {
    if (!model::is_valid_id(id))
        return fail(Code::invalid_argument, fmt::format("\"{}\" is no device id", id));
    if (!model::is_valid_id(fleet))
        return fail(Code::invalid_argument, fmt::format("\"{}\" is no fleet id", fleet));
    if (registry_.find(id)) return fail(Code::already_exists, fmt::format("device {} exists", id));
    AdminOperation op;
    op.kind = AdminOperation::Kind::register_device;
    op.id = id;
    op.fleet = fleet;
    return run_operations({std::move(op)});
}

Result<void> EmbeddedEngine::change_devices(std::vector<model::DeviceChange> changes) {
    if (changes.empty()) return {};
    std::unordered_set<std::string_view> named;
    for (const model::DeviceChange& change : changes) {
        const auto wrong = [&](const std::string& problem) {
            return fail(Code::invalid_argument, fmt::format("device {}: {}", change.id, problem));
        };
        if (const std::string problem = model::problem_of(change); !problem.empty())
            return wrong(problem);
        if (!named.insert(change.id).second) return wrong("is named twice");
        const auto known = registry_.find(change.id);
        if (!known || change.fleet.empty()) continue;
        const std::string fleet = registry_.fleet_id(registry_.device(*known).fleet());
        if (fleet != change.fleet)
            return wrong(fmt::format(
                "fleet_id: \"{}\", but it is in fleet {}, and a change does not move it; "
                "leave fleet_id out, or move it first",
                change.fleet, fleet));
    }
    AdminOperation op;
    op.kind = AdminOperation::Kind::change_devices;
    op.devices = std::move(changes);
    return run_operations({std::move(op)});
}

void EmbeddedEngine::apply_device_changes(const PendingEntry& entry, const AdminOperation& op) {
    for (const model::DeviceChange& change : op.devices) {
        if (outlived(entry, change.id)) continue;
        auto device = registry_.find(change.id);
        if (!device)
            device =
                intern_device(change.id, change.fleet.empty() ? model::kDefaultFleet
                                                              : std::string_view(change.fleet));
        head_->change_device(*device, change, entry.sequence);
    }
}

Result<void> EmbeddedEngine::move_devices(std::vector<DeviceMove> moves) {
    const Day today = day_of(clock_->now());
    std::vector<AdminOperation> operations;
    std::unordered_set<std::string> named;
    for (DeviceMove& move : moves) {
        if (!named.insert(move.device).second)  // the journal's sequence tells moves apart (I7)
            return fail(Code::invalid_argument,
                        fmt::format("device {} is named twice", move.device));
        if (!registry_.find(move.device))
            return fail(Code::not_found, fmt::format("there is no device {}", move.device));
        if (!model::is_valid_id(move.fleet))
            return fail(Code::invalid_argument, fmt::format("\"{}\" is no fleet id", move.fleet));
        if (move.from > today)
            return fail(Code::invalid_argument,
                        fmt::format("a move cannot hold from {}, which lies in the future",
                                    format_day(move.from)));
        AdminOperation& op = operations.emplace_back();
        op.kind = AdminOperation::Kind::move_device;
        op.id = std::move(move.device);
        op.fleet = std::move(move.fleet);
        op.days = move.from.value;
    }
    if (operations.empty()) return {};
    return run_operations(std::move(operations));
}

Result<void> EmbeddedEngine::apply_move(const PendingEntry& entry, const AdminOperation& op) {
    const auto device = registry_.find(op.id);
    if (!device) return {};  // it was erased meanwhile
    bool created = false;
    const std::uint32_t fleet = registry_.intern_fleet(op.fleet, options_.retention_days, created);
    return head_->move_device(*device, Day{static_cast<std::uint16_t>(op.days)}, fleet,
                              entry.sequence);
}

std::optional<DeviceHandle> EmbeddedEngine::find_device(std::string_view id) const {
    return registry_.find(id);
}

DeviceRow EmbeddedEngine::device(DeviceHandle handle) const {
    static const auto kNoDetails = std::make_shared<const model::DeviceDetails>();
    const Registry::DeviceEntry& entry = registry_.device(handle);
    const DevicePersistent persistent = head_->device(handle);
    std::vector<std::pair<Day, std::string>> fleets;
    if (entry.was_moved())
        for (const Membership& m : entry.memberships())
            fleets.emplace_back(m.from, registry_.fleet_id(m.fleet));
    return {handle,
            entry.id,
            registry_.fleet_id(entry.fleet()),
            persistent.rows,
            persistent.first_ms,
            persistent.last_ms,
            persistent.details ? persistent.details : kNoDetails,
            std::move(fleets)};
}

}  // namespace fleet::engine
