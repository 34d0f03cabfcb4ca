// SPDX-License-Identifier: Apache-2.0
#include "codec/time_zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace fleet::codec {

namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;

/// When a part of the year begins, in the notation of POSIX TZ: Mm.w.d, Jn or n, each with a local
/// time.
struct YearRule {
    enum class Kind : std::uint8_t { month_week_day, julian, zero_based } kind = Kind::julian;
    int month = 1;
    int week = 1;
    int day = 0;
    std::int32_t time_s = 7'200;

    /// Seconds since 1970 of the rule's local time in `year`, as if the wall clock showed UTC.
    [[nodiscard]] std::int64_t local(int year) const noexcept {
        std::int64_t days = 0;
        if (kind == Kind::month_week_day) {
            (void)days_from_civil(year, static_cast<unsigned>(month), 1, days);
            const auto weekday =
                static_cast<int>((days % 7 + 7 + 4) % 7);  // 1970-01-01 was a Thursday
            std::int64_t at = days + (day - weekday + 7) % 7 + 7 * (week - 1);
            std::int64_t next_month = 0;
            (void)days_from_civil(month == 12 ? year + 1 : year,
                                  month == 12 ? 1U : static_cast<unsigned>(month) + 1, 1,
                                  next_month);
            while (at >= next_month) at -= 7;
            days = at;
        } else {
            (void)days_from_civil(year, 1, 1, days);
            std::int64_t unused = 0;
            const bool leap = days_from_civil(year, 2, 29, unused);
            days += kind == Kind::zero_based ? day : day - 1 + (leap && day >= 60 ? 1 : 0);
        }
        return days * kSecondsPerDay + time_s;
    }
};

struct PosixRule {
    std::int32_t standard_s = 0;
    std::int32_t summer_s = 0;
    bool has_summer = false;
    YearRule start;
    YearRule end;

    [[nodiscard]] std::int32_t offset_at(std::int64_t utc_s) const noexcept {
        if (!has_summer) return standard_s;
        const std::int64_t local = utc_s + standard_s;
        int year = 0;
        unsigned month = 0;
        unsigned day = 0;
        civil_from_days(
            local >= 0 ? local / kSecondsPerDay : -((kSecondsPerDay - 1 - local) / kSecondsPerDay),
            year, month, day);
        const std::int64_t from = start.local(year) - standard_s;
        const std::int64_t to = end.local(year) - summer_s;
        const bool summer =
            from < to ? utc_s >= from && utc_s < to : !(utc_s >= to && utc_s < from);
        return summer ? summer_s : standard_s;
    }
};

/// Reads POSIX TZ such as `CET-1CEST,M3.5.0,M10.5.0/3`.
class PosixReader {
  public:
    explicit PosixReader(std::string_view text) : text_(text) {}

    std::optional<PosixRule> read() {
        PosixRule rule;
        if (!name() || !time(rule.standard_s, 24)) return std::nullopt;
        rule.standard_s = -rule.standard_s;
        rule.summer_s = rule.standard_s + 3'600;
        if (at_ == text_.size()) return rule;
        rule.has_summer = true;
        if (!name()) return std::nullopt;
        if (at_ < text_.size() && text_[at_] != ',') {
            if (!time(rule.summer_s, 24)) return std::nullopt;
            rule.summer_s = -rule.summer_s;
        }
        if (!year_rule(rule.start) || !year_rule(rule.end) || at_ != text_.size())
            return std::nullopt;
        return rule;
    }

  private:
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool name() {
        const std::size_t from = at_;
        if (take('<')) {
            while (at_ < text_.size() && text_[at_] != '>') ++at_;
            return take('>');
        }
        while (at_ < text_.size() && ((text_[at_] | 0x20) >= 'a' && (text_[at_] | 0x20) <= 'z'))
            ++at_;
        return at_ > from;
    }
    bool number(int max, int& value) {
        const std::size_t from = at_;
        value = 0;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && value <= max)
            value = value * 10 + (text_[at_++] - '0');
        return at_ > from && value <= max;
    }
    bool time(std::int32_t& seconds, int max_hours) {
        const bool negative = take('-');
        if (!negative) take('+');
        int hours = 0;
        int minutes = 0;
        int rest = 0;
        if (!number(max_hours, hours)) return false;
        if (take(':') && !number(59, minutes)) return false;
        if (take(':') && !number(59, rest)) return false;
        seconds = hours * 3'600 + minutes * 60 + rest;
        if (negative) seconds = -seconds;
        return true;
    }
    bool year_rule(YearRule& rule) {
        if (!take(',')) return false;
        if (take('M')) {
            rule.kind = YearRule::Kind::month_week_day;
            if (!number(12, rule.month) || !take('.') || !number(5, rule.week) || !take('.') ||
                !number(6, rule.day))
                return false;
            if (rule.month == 0 || rule.week == 0) return false;
        } else {
            rule.kind = take('J') ? YearRule::Kind::julian : YearRule::Kind::zero_based;
            if (!number(365, rule.day) || (rule.kind == YearRule::Kind::julian && rule.day == 0))
                return false;
        }
        return !take('/') || time(rule.time_s, 167);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

class TzifRules final : public ZoneRules {
  public:
    std::vector<std::int64_t> times;    ///< UTC seconds, ascending
    std::vector<std::int32_t> offsets;  ///< from times[i] on
    std::int32_t first_offset = 0;      ///< before times[0]
    std::optional<PosixRule> rule;      ///< after the last of times

    [[nodiscard]] std::int32_t offset_at(Timestamp utc) const noexcept override {
        const std::int64_t s = utc.ms >= 0 ? utc.ms / 1000 : -((999 - utc.ms) / 1000);
        const auto next = std::upper_bound(times.begin(), times.end(), s);
        if (next == times.end() && rule) return rule->offset_at(s);
        if (next == times.begin()) return first_offset;
        return offsets[static_cast<std::size_t>(next - times.begin()) - 1];
    }
};

struct TzifCounts {
    std::uint32_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, chars = 0;

    [[nodiscard]] std::size_t bytes(std::size_t time_size) const noexcept {
        return std::size_t{times} * (time_size + 1) + std::size_t{types} * 6 + chars +
               std::size_t{leaps} * (time_size + 4) + standard + utc;
    }
};

constexpr std::size_t kHeaderBytes = 44;

template <class Integer>
Integer big_endian(std::string_view bytes, std::size_t at) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value = (value << 8) | static_cast<unsigned char>(bytes[at + i]);
    return static_cast<Integer>(value);
}

std::optional<TzifCounts> read_counts(std::string_view bytes) noexcept {
    if (bytes.size() < kHeaderBytes || bytes.substr(0, 4) != "TZif" || bytes[4] < '2')
        return std::nullopt;
    TzifCounts c;
    std::array<std::uint32_t*, 6> members{&c.utc,   &c.standard, &c.leaps,
                                          &c.times, &c.types,    &c.chars};
    for (std::size_t i = 0; i < members.size(); ++i) {
        *members[i] = big_endian<std::uint32_t>(bytes, 20 + 4 * i);
        if (*members[i] > 100'000) return std::nullopt;
    }
    return c;
}

}  // namespace

Result<std::shared_ptr<const ZoneRules>> parse_tzif(std::string_view bytes) {
    const auto broken = [] {
        return fleet::fail(Code::corrupt,
                           "not a time zone file of version 2 or later (TZif, RFC 8536)");
    };
    const auto old_counts = read_counts(bytes);
    if (!old_counts || bytes.size() < kHeaderBytes + old_counts->bytes(4)) return broken();
    bytes.remove_prefix(kHeaderBytes + old_counts->bytes(4));
    const auto counts = read_counts(bytes);
    if (!counts || counts->types == 0 || bytes.size() < kHeaderBytes + counts->bytes(8))
        return broken();
    const std::string_view data = bytes.substr(kHeaderBytes);
    const std::size_t type_at = std::size_t{counts->times} * 9;
    std::vector<std::int32_t> type_offsets;
    for (std::size_t i = 0; i < counts->types; ++i) {
        const auto offset = big_endian<std::int32_t>(data, type_at + i * 6);
        if (offset < -kSecondsPerDay || offset > kSecondsPerDay) return broken();
        type_offsets.push_back(offset);
    }
    auto rules = std::make_shared<TzifRules>();
    rules->first_offset = type_offsets[0];
    for (std::size_t i = 0; i < counts->times; ++i) {
        const auto type = static_cast<unsigned char>(data[std::size_t{counts->times} * 8 + i]);
        const auto time = big_endian<std::int64_t>(data, i * 8);
        if (type >= type_offsets.size() || (i > 0 && time < rules->times.back())) return broken();
        rules->times.push_back(time);
        rules->offsets.push_back(type_offsets[type]);
    }
    std::string_view footer = data.substr(counts->bytes(8));
    if (footer.size() < 2 || footer.front() != '\n') return broken();
    footer.remove_prefix(1);
    const std::size_t end = footer.find('\n');
    if (end == std::string_view::npos) return broken();
    if (end > 0) {
        rules->rule = PosixReader(footer.substr(0, end)).read();
        if (!rules->rule) return broken();
    }
    return std::shared_ptr<const ZoneRules>(std::move(rules));
}

Timestamp TimeZone::to_utc(std::int64_t local_ms) const noexcept {
    if (!rules_) return {local_ms - std::int64_t{offset_seconds_} * kMsPerSecond};
    const std::int64_t before =
        std::int64_t{rules_->offset_at({local_ms - kMsPerDay})} * kMsPerSecond;
    const std::int64_t after =
        std::int64_t{rules_->offset_at({local_ms + kMsPerDay})} * kMsPerSecond;
    const auto holds = [&](std::int64_t offset) {
        return rules_->offset_at({local_ms - offset}) * kMsPerSecond == offset;
    };
    if (!holds(before) && holds(after)) return {local_ms - after};
    return {local_ms - before};
}

Result<TimeZone> parse_fixed_zone(std::string_view text) {
    if (text == "UTC" || text == "Z" || text == "GMT") return TimeZone();
    const auto unknown = [&] {
        return fleet::fail(Code::not_found,
                           fmt::format("\"{}\" is no time zone: use UTC, an offset such as +02:00, "
                                       "or a name such as Europe/Paris",
                                       text));
    };
    if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return unknown();
    std::string digits;
    for (const char c : text.substr(1)) {
        if (c == ':' && digits.size() == 2) continue;
        if (c < '0' || c > '9' || digits.size() == 4) return unknown();
        digits.push_back(c);
    }
    if (digits.size() == 1) digits.insert(digits.begin(), '0');
    if (digits.size() == 2) digits += "00";
    if (digits.size() != 4 || text.back() == ':') return unknown();
    const int hours = (digits[0] - '0') * 10 + digits[1] - '0';
    const int minutes = (digits[2] - '0') * 10 + digits[3] - '0';
    if (hours > 23 || minutes > 59) return unknown();
    const int seconds = hours * 3'600 + minutes * 60;
    return TimeZone(text[0] == '-' ? -seconds : seconds);
}

bool is_zone_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > 64 || text.front() == '/' || text.back() == '/') return false;
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '+' || c == '-' || c == '/';
    };
    return std::all_of(text.begin(), text.end(), allowed) &&
           text.find("//") == std::string_view::npos;
}

}  // namespace fleet::codec
