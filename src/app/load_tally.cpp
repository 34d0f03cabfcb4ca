// SPDX-License-Identifier: Apache-2.0
#include "app/load_tally.hpp"

#include "app/output.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <functional>

namespace fleet::app {

bool IdSet::insert(std::string_view id) {
    if (size_ * 2 >= slots_.size()) grow();
    const std::uint64_t hash = std::hash<std::string_view>{}(id) | 1U;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (hash >> 7) & mask;
    for (; slots_[at].hash != 0; at = (at + 1) & mask)
        if (slots_[at].hash == hash && slots_[at].id == id) return false;
    slots_[at] = {hash, arena_.copy(id)};
    ++size_;
    return true;
}

void IdSet::grow() {
    std::vector<Slot> former(slots_.empty() ? 1'024 : slots_.size() * 2);
    former.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : former) {
        if (slot.hash == 0) continue;
        std::size_t at = (slot.hash >> 7) & mask;
        while (slots_[at].hash != 0) at = (at + 1) & mask;
        slots_[at] = slot;
    }
}

std::string LoadTally::json(double seconds) const {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member_unsigned("read", read);
    json.member_unsigned("stored", stored);
    json.member_unsigned("duplicates", duplicates);
    json.member_unsigned("conflicts", conflicts);
    if (late) {
        json.member_unsigned("late", *late);
    } else {
        json.member_null("late");
    }
    json.member_unsigned("rejected", rejected);
    json.key("rejected_by_reason");
    json.begin_object();
    for (std::size_t i = 0; i < by_reason.size(); ++i)
        if (by_reason[i] != 0)
            json.member_unsigned(model::to_string(static_cast<model::Reason>(i)), by_reason[i]);
    json.end_object();
    json.member_unsigned("devices", devices.size());
    json.member_real("seconds", seconds);
    json.member_real("rows_per_s", seconds > 0 ? static_cast<double>(read) / seconds : 0);
    json.end_object();
    return out;
}

std::string LoadTally::text(double seconds) const {
    std::string out = fmt::format(
        "read {} rows of {} devices in {:.2f} s ({} rows/s)\n", grouped(read),
        grouped(devices.size()), seconds,
        grouped(seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(read) / seconds) : 0));
    out += fmt::format("stored {}, duplicates {}, conflicts {}, late {}, rejected {}\n",
                       grouped(stored), grouped(duplicates), grouped(conflicts),
                       late ? grouped(*late) : "unknown", grouped(rejected));
    for (std::size_t i = 0; i < by_reason.size(); ++i)
        if (by_reason[i] != 0)
            out += fmt::format("  {:<16} {}\n", model::to_string(static_cast<model::Reason>(i)),
                               grouped(by_reason[i]));
    return out;
}

}  // namespace fleet::app
