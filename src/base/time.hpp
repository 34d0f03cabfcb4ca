// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet {

inline constexpr std::int64_t kMsPerSecond = 1'000;
inline constexpr std::int64_t kMsPerMinute = 60'000;
inline constexpr std::int64_t kMsPerHour = 3'600'000;
inline constexpr std::int64_t kMsPerDay = 86'400'000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z (I13). Stored times lie in [0, kMaxMs].
struct Timestamp {
    std::int64_t ms = 0;
    auto operator<=>(const Timestamp&) const = default;
};
/// End of the range that a stored time may have (day 65,535 = 2149-06-06): days are 16 bit in keys.
inline constexpr std::int64_t kMaxMs = 65'536LL * kMsPerDay - 1;

/// A UTC day: days since 1970-01-01.
struct Day {
    std::uint16_t value = 0;
    auto operator<=>(const Day&) const = default;

    [[nodiscard]] Timestamp begin() const noexcept {
        return {static_cast<std::int64_t>(value) * kMsPerDay};
    }
    [[nodiscard]] Timestamp end() const noexcept {
        return {(static_cast<std::int64_t>(value) + 1) * kMsPerDay};
    }
};

/// Day of a time in [0, kMaxMs].
[[nodiscard]] inline Day day_of(Timestamp t) noexcept {
    return Day{static_cast<std::uint16_t>(t.ms / kMsPerDay)};
}
/// Hour of the UTC day, 0–23.
[[nodiscard]] inline int hour_of(Timestamp t) noexcept {
    return static_cast<int>((t.ms % kMsPerDay) / kMsPerHour);
}

/// Days since 1970-01-01 of a proleptic Gregorian date; false for a date that does not exist.
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".)
[[nodiscard]] bool days_from_civil(int year, unsigned month, unsigned day,
                                   std::int64_t& days) noexcept;
void civil_from_days(std::int64_t days, int& year, unsigned& month, unsigned& day) noexcept;

/// `2026-11-25T07:08:09.123Z`
[[nodiscard]] std::string format_rfc3339(Timestamp t);
/// Appends the 24 characters of format_rfc3339 to `out`.
void append_rfc3339(std::string& out, Timestamp t);
/// `2026-11-25`
[[nodiscard]] std::string format_day(Day day);

/// RFC 3339 with a zone (`Z` or ±hh:mm; also ±hhmm), `T` or a blank between, seconds with up to 9
/// digits (rounded half up to ms). No leap second 60 except as 59.999…; nothing for a time without
/// zone.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept;
/// `YYYY-MM-DD`, 1970-01-01 to 2149-06-06.
[[nodiscard]] std::optional<Day> parse_day(std::string_view text) noexcept;

/// Where "now" comes from: the system, or a test. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    /// Wall clock, UTC.
    [[nodiscard]] virtual Timestamp now() const = 0;
    /// Monotonic time in nanoseconds, for durations only.
    [[nodiscard]] virtual std::int64_t monotonic_ns() const = 0;
};

/// The clock of the machine.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] std::int64_t monotonic_ns() const override;
};

/// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Timestamp start) : now_ms_(start.ms) {}
    [[nodiscard]] Timestamp now() const override { return {now_ms_}; }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return now_ms_ * 1'000'000; }
    void advance_ms(std::int64_t ms) { now_ms_ += ms; }
    void set(Timestamp t) { now_ms_ = t.ms; }

  private:
    std::int64_t now_ms_;
};

}  // namespace fleet
