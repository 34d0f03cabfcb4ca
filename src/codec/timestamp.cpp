// SPDX-License-Identifier: Apache-2.0
#include "codec/timestamp.hpp"

#include "codec/number.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace fleet::codec {

namespace {

static_assert(std::endian::native == std::endian::little,
              "words of text are read with the first character lowest");

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};

/// One text read by one strftime format.
class FormatReader {
  public:
    FormatReader(std::string_view format, std::string_view text) : format_(format), text_(text) {}

    std::optional<Timestamp> read(const std::optional<TimeZone>& zone) {
        if (!match(format_) || at_ != text_.size()) return std::nullopt;
        if (epoch_ms_) return Timestamp{*epoch_ms_};
        std::int64_t days = 0;
        if (!days_from_civil(year_, static_cast<unsigned>(month_), static_cast<unsigned>(day_),
                             days))
            return std::nullopt;
        int hour = hour_;
        if (half_) {
            if (hour < 1 || hour > 12) return std::nullopt;
            hour = hour % 12 + (*half_ ? 12 : 0);
        }
        if (hour > 23 || minute_ > 59 || second_ > 59) return std::nullopt;
        const std::int64_t local = days * kMsPerDay + hour * kMsPerHour + minute_ * kMsPerMinute +
                                   second_ * kMsPerSecond + (ns_ + 500'000) / 1'000'000;
        if (offset_s_) return Timestamp{local - *offset_s_ * kMsPerSecond};
        if (zone) return zone->to_utc(local);
        return std::nullopt;
    }

  private:
    bool match(std::string_view format) {
        for (std::size_t i = 0; i < format.size(); ++i) {
            if (format[i] != '%') {
                if (!take(format[i])) return false;
            } else if (!conversion(format[++i])) {  // make() saw that something follows
                return false;
            }
        }
        return true;
    }
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool number(int min_digits, int max_digits, int& value) {
        int digits = 0;
        value = 0;
        while (digits < max_digits && at_ < text_.size() && is_digit(text_[at_])) {
            value = value * 10 + (text_[at_++] - '0');
            ++digits;
        }
        return digits >= min_digits;
    }
    bool conversion(char c) {
        switch (c) {
            case 'Y': return number(4, 4, year_);
            case 'y':
                if (!number(2, 2, year_)) return false;
                year_ += year_ < 69 ? 2000 : 1900;
                return true;
            case 'm': return number(1, 2, month_);
            case 'd': return number(1, 2, day_);
            case 'H':
            case 'I': return number(1, 2, hour_);
            case 'M': return number(1, 2, minute_);
            case 'S': return number(1, 2, second_);
            case 'b': return month_name();
            case 'f': return fraction();
            case 's': return epoch();
            case 'z': return offset();
            case 'p': return half();
            case 'T': return match("%H:%M:%S");
            case 'F': return match("%Y-%m-%d");
            default: return take('%');
        }
    }
    bool month_name() {
        for (std::size_t m = 0; m < std::size(kMonths); ++m) {
            if (text_.size() - at_ < 3) return false;
            bool same = true;
            for (std::size_t i = 0; i < 3; ++i)
                same = same && (text_[at_ + i] | 0x20) == kMonths[m][i];
            if (!same) continue;
            month_ = static_cast<int>(m) + 1;
            at_ += 3;
            return true;
        }
        return false;
    }
    bool fraction() {
        const std::size_t from = at_;
        int value = 0;
        if (!number(1, 9, value)) return false;
        ns_ = value;
        for (std::size_t digits = at_ - from; digits < 9; ++digits) ns_ *= 10;
        return true;
    }
    bool epoch() {
        const std::size_t from = at_;
        while (at_ < text_.size() &&
               (is_digit(text_[at_]) || text_[at_] == '.' || (at_ == from && text_[at_] == '-')))
            ++at_;
        const auto ms = parse_scaled(text_.substr(from, at_ - from), 3);
        if (!ms) return false;
        epoch_ms_ = ms->rounded;
        return true;
    }
    bool offset() {
        if (take('Z')) {
            offset_s_ = 0;
            return true;
        }
        const bool negative = take('-');
        if (!negative && !take('+')) return false;
        int hours = 0;
        int minutes = 0;
        if (!number(2, 2, hours)) return false;
        take(':');
        if (!number(2, 2, minutes) || hours > 23 || minutes > 59) return false;
        const std::int64_t seconds = hours * 3'600 + minutes * 60;
        offset_s_ = negative ? -seconds : seconds;
        return true;
    }
    bool half() {
        if (text_.size() - at_ < 2 || (text_[at_ + 1] | 0x20) != 'm') return false;
        const int first = text_[at_] | 0x20;
        if (first != 'a' && first != 'p') return false;
        half_ = first == 'p';
        at_ += 2;
        return true;
    }

    std::string_view format_;
    std::string_view text_;
    std::size_t at_ = 0;
    int year_ = 1970, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0;
    std::int64_t ns_ = 0;
    std::optional<bool> half_;
    std::optional<std::int64_t> epoch_ms_;
    std::optional<std::int64_t> offset_s_;
};

}  // namespace

Result<TimeParser> TimeParser::make(std::optional<std::string> format,
                                    std::optional<TimeZone> zone) {
    if (format) {
        std::string seen;
        for (std::size_t i = 0; i < format->size(); ++i) {
            if ((*format)[i] != '%') continue;
            const char c = ++i < format->size() ? (*format)[i] : '\0';
            if (c == '\0' || std::string_view("YymdHIMSbfszpTF%").find(c) == std::string_view::npos)
                return fleet::fail(
                    Code::invalid_argument,
                    fmt::format("time format \"{}\": \"%{}\" is not offered; use %Y %y %m %b %d %H "
                                "%I %p %M %S %f %s %z "
                                "%T %F and plain characters",
                                *format, c == '\0' ? std::string() : std::string(1, c)));
            seen.push_back(c);
        }
        const auto has = [&](std::string_view any) {
            return seen.find_first_of(any) != std::string::npos;
        };
        if (!has("sF") && !(has("Yy") && has("mb") && has("d")))
            return fleet::fail(
                Code::invalid_argument,
                fmt::format("time format \"{}\" has no date: give %s, %F, or year, month and day",
                            *format));
    }
    TimeParser parser;
    parser.format_ = std::move(format);
    parser.zone_ = std::move(zone);
    return parser;
}

std::optional<Timestamp> TimeParser::parse(std::string_view text) const noexcept {
    if (format_) return FormatReader(*format_, text).read(zone_);
    if (const auto t = parse_rfc3339(text)) return t;
    if (text.size() < 10 || text[4] != '-') return parse_epoch(text);
    if (!zone_ || text.size() > 40 || !is_digit(text.back())) return std::nullopt;
    char with_zone[48];
    std::memcpy(with_zone, text.data(), text.size());
    with_zone[text.size()] = 'Z';
    const auto local = parse_rfc3339({with_zone, text.size() + 1});
    if (!local) return std::nullopt;
    return zone_->to_utc(local->ms);
}

std::optional<Timestamp> parse_epoch(std::string_view text) noexcept {
    constexpr std::int64_t kLimit = 100'000'000'000;  // below: seconds
    const auto ms = parse_scaled(text, 3);
    if (!ms) return std::nullopt;
    if (ms->below(kLimit * 1000) && !ms->below(-kLimit * 1000)) return Timestamp{ms->rounded};
    return Timestamp{parse_scaled(text, 0)->rounded};
}

bool cached_midnight(const char* text, DateCache& cache, std::int64_t& midnight_ms) noexcept {
    if (std::memcmp(text, cache.date, sizeof cache.date) != 0) {
        const auto digits = [&](int from, int count, int& value) {
            value = 0;
            for (int i = from; i < from + count; ++i) {
                if (!is_digit(text[i])) return false;
                value = value * 10 + (text[i] - '0');
            }
            return true;
        };
        int year = 0;
        int month = 0;
        int day = 0;
        std::int64_t days = 0;
        if (!digits(0, 4, year) || text[4] != '-' || !digits(5, 2, month) || text[7] != '-' ||
            !digits(8, 2, day) ||
            !days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day), days))
            return false;
        std::memcpy(cache.date, text, sizeof cache.date);
        cache.midnight_ms = days * kMsPerDay;
    }
    midnight_ms = cache.midnight_ms;
    return true;
}

const char* parse_rfc3339_utc(const char* p, DateCache& cache, Timestamp& out) noexcept {
    std::int64_t midnight = 0;
    if (p[10] != 'T' || !cached_midnight(p, cache, midnight)) return nullptr;
    std::uint64_t clock = 0;  // hh:mm:ss
    std::memcpy(&clock, p + 11, sizeof clock);
    clock ^= 0x30'30'3A'30'30'3A'30'30ULL;  // digits become 0–9, colons 0
    if (((clock + 0x76'76'7F'76'76'7F'76'76ULL) | clock) & 0x80'80'80'80'80'80'80'80ULL)
        return nullptr;
    const auto pair = [&](unsigned shift) {
        return static_cast<std::int64_t>(((clock >> shift) & 15U) * 10 +
                                         ((clock >> (shift + 8)) & 15U));
    };
    const std::int64_t hour = pair(0);
    const std::int64_t minute = pair(24);
    const std::int64_t second = pair(48);
    if (hour > 23 || minute > 59 || second > 59) return nullptr;
    std::int64_t ms = midnight + hour * kMsPerHour + minute * kMsPerMinute + second * kMsPerSecond;
    if (p[19] == 'Z') {
        out.ms = ms;
        return p + 20;
    }
    if (p[19] != '.' || !is_digit(p[20]) || !is_digit(p[21]) || !is_digit(p[22]) || p[23] != 'Z')
        return nullptr;
    out.ms = ms + (p[20] - '0') * 100 + (p[21] - '0') * 10 + (p[22] - '0');
    return p + 24;
}

}  // namespace fleet::codec
