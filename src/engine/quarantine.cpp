// SPDX-License-Identifier: Apache-2.0
#include "engine/quarantine.hpp"

#include "codec/bytes.hpp"
#include "engine/rows_codec.hpp"

#include <algorithm>

namespace fleet::engine {

namespace {
constexpr std::string_view kMetaName = "quarantine";
constexpr std::uint8_t kVersion = 1;

/// Whether a text holds the id as a word: no character of an id before or behind it.
bool names(std::string_view text, std::string_view id) {
    const auto of_id = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == ':' || c == '-';
    };
    for (std::size_t at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
        const std::size_t end = at + id.size();
        if ((at == 0 || !of_id(text[at - 1])) && (end == text.size() || !of_id(text[end])))
            return true;
    }
    return false;
}
}  // namespace

Result<void> Quarantine::restore() {
    FLEET_TRY(const auto bytes, tables_.meta(kMetaName));
    if (!bytes) return {};
    codec::ByteReader r(*bytes);
    if (r.u8() != kVersion) return fail(Code::corrupt, "the quarantine's counters are damaged");
    const std::lock_guard lock(mutex_);
    sequence_ = r.varint();
    next_id_ = r.varint();
    bytes_ = r.varint();
    counters_.received = r.varint();
    counters_.quarantined = r.varint();
    counters_.refused = r.varint();
    const std::uint64_t reasons = r.varint();
    for (std::uint64_t i = 0; i < reasons && r.ok(); ++i) {
        const auto reason = model::reason_of(r.text());
        const std::uint64_t count = r.varint();
        if (reason) counters_.quarantined_by_reason[static_cast<std::size_t>(*reason)] = count;
    }
    if (!r.done()) return fail(Code::corrupt, "the quarantine's counters are damaged");
    return {};
}

std::string Quarantine::encode_state() const {
    std::string out;
    codec::ByteWriter w(out);
    w.u8(kVersion);
    w.varint(sequence_);
    w.varint(next_id_);
    w.varint(bytes_);
    w.varint(counters_.received);
    w.varint(counters_.quarantined);
    w.varint(counters_.refused);
    w.varint(model::kReasonCount);
    for (std::size_t i = 0; i < model::kReasonCount; ++i) {
        w.text(model::to_string(static_cast<model::Reason>(i)));
        w.varint(counters_.quarantined_by_reason[i]);
    }
    return out;
}

void Quarantine::add(std::uint64_t sequence, std::uint64_t received_rows,
                     std::span<const model::Reject> rejects, const std::string& source,
                     Timestamp received) {
    const std::lock_guard lock(mutex_);
    if (sequence != 0) {
        if (sequence <= sequence_) return;
        sequence_ = sequence;
    }
    changed_ = true;
    counters_.received += received_rows;
    counters_.quarantined += rejects.size();
    for (const model::Reject& reject : rejects) {
        ++counters_.quarantined_by_reason[static_cast<std::size_t>(reject.reason)];
        QuarantineEntry entry;
        entry.received = received;
        entry.source = source.substr(0, 256);
        entry.index = reject.index;
        entry.reason = std::string(model::to_string(reject.reason));
        entry.detail = reject.detail;
        entry.raw = reject.raw;
        std::string bytes = encode_quarantined(entry);
        bytes_ += bytes.size();
        fresh_.emplace_back(next_id_++, std::move(bytes));
    }
}

void Quarantine::remove(std::uint64_t sequence, std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    sequence_ = std::max(sequence_, sequence);
    removed_.push_back(id);
    changed_ = true;
}

Result<std::uint64_t> Quarantine::erase_naming(std::uint64_t sequence, std::string_view device) {
    const std::lock_guard lock(mutex_);
    if (sequence <= sequence_) return std::uint64_t{0};
    const auto concerned = [&](std::uint64_t id, std::string_view bytes) -> Result<bool> {
        FLEET_TRY(const QuarantineEntry entry, decode_quarantined(id, bytes));
        return names(entry.raw, device) || names(entry.detail, device);
    };
    std::vector<std::uint64_t> found;
    FLEET_TRY_VOID(tables_.for_each_quarantined(
        0, [&](std::uint64_t id, std::string_view value) -> Result<bool> {
            FLEET_TRY(const bool gone, concerned(id, value));
            const bool removed = std::find(removed_.begin(), removed_.end(), id) != removed_.end();
            if (gone && !removed) found.push_back(id);
            return true;
        }));
    std::uint64_t count = found.size();
    std::vector<std::pair<std::uint64_t, std::string>> kept;
    for (auto& entry : fresh_) {
        FLEET_TRY(const bool gone, concerned(entry.first, entry.second));
        if (gone) {
            bytes_ -= std::min<std::uint64_t>(bytes_, entry.second.size());
            ++count;
        } else {
            kept.push_back(std::move(entry));
        }
    }
    fresh_ = std::move(kept);
    removed_.insert(removed_.end(), found.begin(), found.end());
    sequence_ = sequence;
    changed_ = true;
    return count;
}

void Quarantine::count_refused(std::uint64_t rows) {
    const std::lock_guard lock(mutex_);
    counters_.refused += rows;
    counters_.received += rows;
    changed_ = true;
}

Result<void> Quarantine::write_back() {
    const std::lock_guard lock(mutex_);
    if (!changed_) return {};
    Tables::WriteSet set;
    for (const auto& [id, bytes] : fresh_) set.put_quarantine(id, bytes);
    for (const std::uint64_t removed : removed_) {
        set.erase_quarantine(removed);
        FLEET_TRY_VOID(tables_.for_each_quarantined(
            removed - 1, [&](std::uint64_t id, std::string_view value) -> Result<bool> {
                if (id == removed) bytes_ -= std::min<std::uint64_t>(bytes_, value.size());
                return false;
            }));
    }
    if (bytes_ > max_bytes_) {
        // The oldest go until a tenth is free, so that this is rare. What is still in `fresh_`
        // stays.
        const std::uint64_t keep = max_bytes_ - max_bytes_ / 10;
        FLEET_TRY_VOID(tables_.for_each_quarantined(
            0, [&](std::uint64_t id, std::string_view value) -> Result<bool> {
                if (bytes_ <= keep) return false;
                set.erase_quarantine(id);
                bytes_ -= std::min<std::uint64_t>(bytes_, value.size());
                return true;
            }));
    }
    set.put_meta(kMetaName, encode_state());
    FLEET_TRY_VOID(tables_.write(set));
    fresh_.clear();
    removed_.clear();
    changed_ = false;
    return {};
}

Result<std::vector<QuarantineEntry>> Quarantine::list(std::uint64_t after, std::size_t limit) {
    FLEET_TRY_VOID(write_back());
    std::vector<QuarantineEntry> out;
    if (limit == 0) return out;
    FLEET_TRY_VOID(tables_.for_each_quarantined(
        after, [&](std::uint64_t id, std::string_view value) -> Result<bool> {
            FLEET_TRY(QuarantineEntry entry, decode_quarantined(id, value));
            out.push_back(std::move(entry));
            return out.size() < limit;
        }));
    return out;
}

Result<std::vector<QuarantineEntry>> Quarantine::newest(std::size_t limit) {
    constexpr std::uint64_t kLookBack = 16;
    const std::uint64_t end = [&] {
        const std::lock_guard lock(mutex_);
        return next_id_;
    }();
    for (std::uint64_t window = limit;; window *= 4) {
        const std::uint64_t after = end > window + 1 ? end - 1 - window : 0;
        FLEET_TRY(std::vector<QuarantineEntry> found,
                  list(after, static_cast<std::size_t>(window)));
        if (found.size() < limit && after > 0 && window < kLookBack * limit) continue;
        std::reverse(found.begin(), found.end());
        if (found.size() > limit) found.resize(limit);
        return found;
    }
}

void Quarantine::account(Accounting& accounting) const {
    const std::lock_guard lock(mutex_);
    accounting.received = counters_.received;
    accounting.quarantined = counters_.quarantined;
    accounting.refused = counters_.refused;
    accounting.quarantined_by_reason = counters_.quarantined_by_reason;
}

}  // namespace fleet::engine
