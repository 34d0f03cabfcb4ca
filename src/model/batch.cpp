// SPDX-License-Identifier: Apache-2.0
#include "model/batch.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace fleet::model {

namespace {
constexpr std::size_t kBlock = 64 << 10;
}

void* Arena::allocate(std::size_t bytes, std::size_t alignment) {
    std::size_t at = (used_ + alignment - 1) / alignment * alignment;
    if (blocks_.empty() || at + bytes > size_) {
        size_ = std::max(kBlock, bytes);
        blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size_));
        at = 0;
    }
    used_ = at + bytes;
    total_ += bytes;
    return blocks_.back().get() + at;
}

std::string_view Arena::copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
}

std::span<Attribute> Arena::copy(std::span<const Attribute> attributes) {
    if (attributes.empty()) return {};
    auto* to = static_cast<Attribute*>(allocate(attributes.size_bytes(), alignof(Attribute)));
    std::uninitialized_copy(attributes.begin(), attributes.end(), to);
    return {to, attributes.size()};
}

void Arena::clear() noexcept {
    blocks_.clear();
    used_ = size_ = total_ = 0;
}

void RecordBatch::clear() noexcept {
    records.clear();
    indexes.clear();
    rejects.clear();
    arena.clear();
}

void RecordBatch::add(const Record& record, const Problems& problems, const TimeWindow& window,
                      std::uint32_t index, std::string_view raw, std::string_view detail) {
    if (const auto reason = validate(record, problems, window)) {
        reject(*reason, index, raw, std::string(detail));
        return;
    }
    records.push_back(record);
    indexes.push_back(index);
}

void RecordBatch::reject(Reason reason, std::uint32_t index, std::string_view raw,
                         std::string detail) {
    rejects.push_back({index, reason, std::move(detail), std::string(raw.substr(0, kMaxRawBytes))});
}

}  // namespace fleet::model
