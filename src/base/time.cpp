// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include <fmt/format.h>

#include <chrono>

namespace fleet {

namespace {

bool is_leap(int year) noexcept { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/// Reads exactly `count` digits at `pos`; false if they are not there.
bool read_digits(std::string_view text, std::size_t& pos, int count, int& value) noexcept {
    if (text.size() - pos < static_cast<std::size_t>(count)) return false;
    value = 0;
    for (int i = 0; i < count; ++i) {
        const char c = text[pos + static_cast<std::size_t>(i)];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    pos += static_cast<std::size_t>(count);
    return true;
}

bool read_char(std::string_view text, std::size_t& pos, char expected) noexcept {
    if (pos >= text.size() || text[pos] != expected) return false;
    ++pos;
    return true;
}

bool read_date(std::string_view text, std::size_t& pos, std::int64_t& days) noexcept {
    int year = 0;
    int month = 0;
    int day = 0;
    return read_digits(text, pos, 4, year) && read_char(text, pos, '-') &&
           read_digits(text, pos, 2, month) && read_char(text, pos, '-') &&
           read_digits(text, pos, 2, day) &&
           days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day), days);
}

}  // namespace

bool days_from_civil(int year, unsigned month, unsigned day, std::int64_t& days) noexcept {
    static constexpr unsigned kLength[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    if (day > kLength[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U)) return false;
    const int y = month <= 2 ? year - 1 : year;
    const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
    const auto yoe = static_cast<unsigned>(y - era * 400);
    const unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    days = era * 146'097 + static_cast<std::int64_t>(doe) - 719'468;
    return true;
}

void civil_from_days(std::int64_t days, int& year, unsigned& month, unsigned& day) noexcept {
    const std::int64_t z = days + 719'468;
    const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
    const auto doe = static_cast<unsigned>(z - era * 146'097);
    const unsigned yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
    const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const unsigned mp = (5 * doy + 2) / 153;
    day = doy - (153 * mp + 2) / 5 + 1;
    month = mp < 10 ? mp + 3 : mp - 9;
    year = static_cast<int>(static_cast<std::int64_t>(yoe) + era * 400) + (month <= 2 ? 1 : 0);
}

void append_rfc3339(std::string& out, Timestamp t) {
    std::int64_t days = t.ms / kMsPerDay;
    std::int64_t rest = t.ms % kMsPerDay;
    if (rest < 0) {
        rest += kMsPerDay;
        --days;
    }
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    civil_from_days(days, year, month, day);
    char buffer[24];
    const auto two = [&](int at, std::int64_t v) {
        buffer[at] = static_cast<char>('0' + v / 10);
        buffer[at + 1] = static_cast<char>('0' + v % 10);
    };
    two(0, year / 100 % 100);
    two(2, year % 100);
    buffer[4] = '-';
    two(5, month);
    buffer[7] = '-';
    two(8, day);
    buffer[10] = 'T';
    two(11, rest / kMsPerHour);
    buffer[13] = ':';
    two(14, rest / kMsPerMinute % 60);
    buffer[16] = ':';
    two(17, rest / kMsPerSecond % 60);
    buffer[19] = '.';
    buffer[20] = static_cast<char>('0' + rest % 1000 / 100);
    two(21, rest % 100);
    buffer[23] = 'Z';
    out.append(buffer, sizeof buffer);
}

std::string format_rfc3339(Timestamp t) {
    std::string out;
    append_rfc3339(out, t);
    return out;
}

std::string format_day(Day day) { return format_rfc3339(day.begin()).substr(0, 10); }

std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept {
    std::size_t pos = 0;
    std::int64_t days = 0;
    if (!read_date(text, pos, days) || pos >= text.size()) return std::nullopt;
    const char separator = text[pos++];
    if (separator != 'T' && separator != 't' && separator != ' ') return std::nullopt;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!read_digits(text, pos, 2, hour) || !read_char(text, pos, ':') ||
        !read_digits(text, pos, 2, minute) || !read_char(text, pos, ':') ||
        !read_digits(text, pos, 2, second))
        return std::nullopt;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    std::int64_t ns = 0;
    if (pos < text.size() && text[pos] == '.') {
        ++pos;
        int digits = 0;
        while (pos < text.size() && text[pos] >= '0' && text[pos] <= '9') {
            if (digits == 9) return std::nullopt;
            ns = ns * 10 + (text[pos] - '0');
            ++digits;
            ++pos;
        }
        if (digits == 0) return std::nullopt;
        for (; digits < 9; ++digits) ns *= 10;
    }
    if (pos >= text.size()) return std::nullopt;
    std::int64_t offset_minutes = 0;
    const char zone = text[pos++];
    if (zone == '+' || zone == '-') {
        int zone_hour = 0;
        int zone_minute = 0;
        if (!read_digits(text, pos, 2, zone_hour)) return std::nullopt;
        if (pos < text.size() && text[pos] == ':') ++pos;
        if (!read_digits(text, pos, 2, zone_minute)) return std::nullopt;
        if (zone_hour > 23 || zone_minute > 59) return std::nullopt;
        offset_minutes = zone_hour * 60 + zone_minute;
        if (zone == '-') offset_minutes = -offset_minutes;
    } else if (zone != 'Z' && zone != 'z') {
        return std::nullopt;
    }
    if (pos != text.size()) return std::nullopt;
    const std::int64_t ms = days * kMsPerDay + hour * kMsPerHour + minute * kMsPerMinute +
                            second * kMsPerSecond + (ns + 500'000) / 1'000'000 -
                            offset_minutes * kMsPerMinute;
    return Timestamp{ms};
}

std::optional<Day> parse_day(std::string_view text) noexcept {
    std::size_t pos = 0;
    std::int64_t days = 0;
    if (!read_date(text, pos, days) || pos != text.size() || days < 0 || days > 65'535)
        return std::nullopt;
    return Day{static_cast<std::uint16_t>(days)};
}

Timestamp SystemClock::now() const {
    using namespace std::chrono;
    return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

std::int64_t SystemClock::monotonic_ns() const {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace fleet
