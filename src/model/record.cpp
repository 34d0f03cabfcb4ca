// SPDX-License-Identifier: Apache-2.0
#include "model/record.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace fleet::model {

bool is_valid_id(std::string_view id) noexcept {
    if (id.empty() || id.size() > kMaxDeviceIdLength) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == ':' || c == '-';
    });
}

namespace {
constexpr std::size_t kLinearLimit = 8;
std::size_t hash_of(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }
}  // namespace

std::uint32_t TextPool::intern(std::string_view text) {
    if (text.empty()) return 0;
    if (texts_.size() <= kLinearLimit) {
        for (std::size_t i = 0; i < texts_.size(); ++i)
            if (texts_[i] == text) return static_cast<std::uint32_t>(i + 1);
    } else {
        const std::size_t mask = buckets_.size() - 1;
        for (std::size_t at = hash_of(text) & mask; buckets_[at] != 0; at = (at + 1) & mask)
            if (texts_[buckets_[at] - 1] == text) return buckets_[at];
    }
    texts_.emplace_back(text);
    bytes_ += text.size();
    const auto id = static_cast<std::uint32_t>(texts_.size());
    if (texts_.size() > kLinearLimit) {
        if (texts_.size() * 2 > buckets_.size()) {
            rehash();
        } else {
            const std::size_t mask = buckets_.size() - 1;
            std::size_t at = hash_of(text) & mask;
            while (buckets_[at] != 0) at = (at + 1) & mask;
            buckets_[at] = id;
        }
    }
    return id;
}

void TextPool::rehash() {
    std::size_t size = 32;
    while (size < texts_.size() * 4) size *= 2;
    buckets_.assign(size, 0);
    for (std::size_t i = 0; i < texts_.size(); ++i) {
        std::size_t at = hash_of(texts_[i]) & (size - 1);
        while (buckets_[at] != 0) at = (at + 1) & (size - 1);
        buckets_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

std::string_view TextPool::text(std::uint32_t id) const noexcept {
    if (id == 0) return {};
    FLEET_CHECK(id <= texts_.size());
    return texts_[id - 1];
}

void TextPool::clear() noexcept {
    texts_.clear();
    buckets_.clear();
    bytes_ = 0;
}

std::string encode_attributes(std::span<const Attribute> attributes) {
    std::vector<const Attribute*> sorted;
    sorted.reserve(attributes.size());
    for (const Attribute& a : attributes) sorted.push_back(&a);
    std::sort(sorted.begin(), sorted.end(),
              [](const Attribute* a, const Attribute* b) { return a->name < b->name; });
    std::string out;
    for (const Attribute* a : sorted) {
        FLEET_CHECK(!a->name.empty() && a->name.size() <= kMaxTextLength);
        out.push_back(static_cast<char>(a->name.size()));
        out.append(a->name);
        if (const bool* flag = std::get_if<bool>(&a->value)) {
            out.push_back(*flag ? 1 : 0);
        } else if (const double* number = std::get_if<double>(&a->value)) {
            out.push_back(2);
            char bytes[8];
            const double canonical = *number == 0 ? 0.0 : *number;  // one zero, so that -0 equals 0
            std::memcpy(bytes, &canonical, sizeof bytes);
            out.append(bytes, sizeof bytes);
        } else {
            const std::string_view text = std::get<std::string_view>(a->value);
            FLEET_CHECK(text.size() <= kMaxAttributeText);
            out.push_back(3);
            out.push_back(static_cast<char>(text.size() & 0xFF));
            out.push_back(static_cast<char>(text.size() >> 8));
            out.append(text);
        }
    }
    return out;
}

bool decode_attributes(std::string_view bytes, std::vector<Attribute>& out) {
    out.clear();
    std::size_t pos = 0;
    const auto left = [&] { return bytes.size() - pos; };
    while (pos < bytes.size()) {
        const std::size_t length = static_cast<unsigned char>(bytes[pos++]);
        if (length == 0 || left() < length + 1) return false;
        Attribute a{bytes.substr(pos, length), false};
        pos += length;
        const char type = bytes[pos++];
        if (type == 0 || type == 1) {
            a.value = type == 1;
        } else if (type == 2) {
            if (left() < 8) return false;
            double number = 0;
            std::memcpy(&number, bytes.data() + pos, 8);
            a.value = number;
            pos += 8;
        } else if (type == 3) {
            if (left() < 2) return false;
            const std::size_t size =
                static_cast<unsigned char>(bytes[pos]) |
                (static_cast<std::size_t>(static_cast<unsigned char>(bytes[pos + 1])) << 8);
            pos += 2;
            if (left() < size) return false;
            a.value = bytes.substr(pos, size);
            pos += size;
        } else {
            return false;
        }
        out.push_back(a);
    }
    return true;
}

Sample& append(Rows& rows, const Record& record) {
    Sample& s = rows.samples.emplace_back();
    s.ts_ms = record.ts.ms;
    s.mask = record.mask;
    s.values = record.values;
    if (!record.zone.empty()) {
        s.zone = rows.texts.intern(record.zone);
        s.mask |= kZoneBit;
    }
    if (!record.alarm.empty()) {
        s.alarm = rows.texts.intern(record.alarm);
        s.mask |= kAlarmBit;
    }
    if (!record.attributes.empty()) {
        s.attributes = rows.texts.intern(encode_attributes(record.attributes));
        s.mask |= kAttributesBit;
    }
    return s;
}

Sample translate(const Sample& sample, const TextPool& from, TextPool& to) {
    Sample copy = sample;
    if (sample.zone != 0) copy.zone = to.intern(from.text(sample.zone));
    if (sample.alarm != 0) copy.alarm = to.intern(from.text(sample.alarm));
    if (sample.attributes != 0) copy.attributes = to.intern(from.text(sample.attributes));
    return copy;
}

}  // namespace fleet::model
