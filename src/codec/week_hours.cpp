// SPDX-License-Identifier: Apache-2.0
#include "codec/week_hours.hpp"

#include "base/suggest.hpp"
#include "base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace fleet::codec {

namespace {

using model::kMinutesPerDay;
using model::kMinutesPerWeek;
using model::ZoneOffset;

constexpr std::size_t kMaxText = 512;
constexpr std::array<std::string_view, 7> kDays{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::int32_t whole_minutes(std::int32_t seconds) noexcept {
    return (seconds >= 0 ? seconds : seconds - 59) / 60;
}

class HoursReader {
  public:
    HoursReader(std::string_view text, ZoneDatabase& zones) : text_(text), zones_(zones) {}

    Result<model::WeekHours> read() {
        blanks();
        hours_.text = text_.substr(at_);
        while (!hours_.text.empty() && hours_.text.back() == ' ') hours_.text.pop_back();
        if (hours_.text.empty()) return problem("it is empty");
        if (hours_.text.size() > kMaxText)
            return problem(fmt::format("it is longer than {} bytes", kMaxText));
        do {
            if (auto done = span(); !done) return fail(std::move(done).error());
            blanks();
        } while (take(';') || take(','));
        FLEET_TRY_VOID(zone());
        return std::move(hours_);
    }

  private:
    [[nodiscard]] Failure problem(std::string_view what) const {
        return fail(Code::invalid_argument,
                    fmt::format("{}; write hours as in \"Mo-Fr 06:00-20:00 Europe/Paris\"", what));
    }

    void blanks() {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    /// What stands here up to a blank or separator, for messages.
    [[nodiscard]] std::string_view here() const {
        const std::string_view rest = text_.substr(at_);
        return rest.substr(0, std::min<std::size_t>(rest.find_first_of(" ;,"), 40));
    }

    /// Days, if any, and their times. Times that follow a comma belong to the same days.
    Result<void> span() {
        blanks();
        std::array<bool, 7> days{};
        if (is_letter(peek())) {
            do {
                blanks();
                FLEET_TRY(const std::size_t first, day());
                std::size_t last = first;
                if (take('-')) {
                    FLEET_TRY(last, day());
                }
                for (std::size_t d = first;; d = (d + 1) % 7) {
                    days[d] = true;
                    if (d == last) break;
                }
                blanks();
            } while (take(','));
        } else {
            days.fill(true);
        }
        for (;;) {
            FLEET_TRY_VOID(times(days));
            const std::size_t after = at_;
            blanks();
            if (take(',')) {
                blanks();
                if (is_digit(peek())) continue;
            }
            at_ = after;
            return {};
        }
    }

    Result<std::size_t> day() {
        const std::size_t from = at_;
        while (is_letter(peek())) ++at_;
        const std::string_view word = text_.substr(from, at_ - from);
        for (std::size_t d = 0; d < kDays.size(); ++d)
            if (word.size() == 2 && nearest_name(word, std::span(&kDays[d], 1)) == kDays[d])
                return d;
        return problem(fmt::format("\"{}\" is no day: Mo Tu We Th Fr Sa Su",
                                   text_.substr(from, std::max<std::size_t>(at_ - from, 1))));
    }

    Result<void> times(const std::array<bool, 7>& days) {
        FLEET_TRY(const int begin, clock());
        if (!take('-'))
            return problem(
                fmt::format("\"{}\" follows a time where '-' and the end belong", here()));
        FLEET_TRY(const int end, clock());
        if (begin == kMinutesPerDay) return problem("24:00 is an end, not a begin");
        if (begin == end)
            return problem("begin and end are the same; the whole day is 00:00-24:00");
        const int length = end > begin ? end - begin : end + kMinutesPerDay - begin;
        for (std::size_t d = 0; d < days.size(); ++d)
            for (int m = 0; days[d] && m < length; ++m)
                hours_.minutes.set((d * kMinutesPerDay + static_cast<std::size_t>(begin + m)) %
                                   kMinutesPerWeek);
        return {};
    }

    Result<int> clock() {
        const std::string_view shown = here();
        const auto number = [&](std::size_t digits) -> std::optional<int> {
            int value = 0;
            std::size_t count = 0;
            for (; count < digits && is_digit(peek()); ++count)
                value = value * 10 + (text_[at_++] - '0');
            return count == 0 ? std::nullopt : std::optional(value);
        };
        const auto hour = number(2);
        const std::size_t colon = at_;
        const bool separated = hour && take(':');
        const auto minute = separated ? number(2) : std::nullopt;
        if (!minute || at_ - colon != 3 || is_digit(peek()) || *minute > 59 ||
            *hour * 60 + *minute > kMinutesPerDay)
            return problem(shown.empty()
                               ? std::string("a time is missing")
                               : fmt::format("\"{}\" is no time from 00:00 to 24:00", shown));
        return *hour * 60 + *minute;
    }

    Result<void> zone() {
        blanks();
        const std::string name(here());
        at_ += name.size();
        blanks();
        if (at_ < text_.size())
            return problem(fmt::format("\"{}\" follows the time zone", text_.substr(at_, 40)));
        hours_.time_zone = name.empty() ? "UTC" : name;
        auto offsets = zones_.offsets(hours_.time_zone);
        if (!offsets) return fail(std::move(offsets).error());
        hours_.offsets = std::move(offsets).value();
        if (hours_.offsets.empty()) hours_.time_zone = "UTC";
        return {};
    }

    std::string_view text_;
    ZoneDatabase& zones_;
    model::WeekHours hours_;
    std::size_t at_ = 0;
};

}  // namespace

std::vector<ZoneOffset> zone_offsets(const ZoneRules& rules) {
    // No zone has kept a change for less than this.
    constexpr std::int64_t kStep = 6 * 60;
    constexpr std::int64_t kEnd = kMaxMs / kMsPerMinute;
    const auto at = [&](std::int64_t minute) {
        return whole_minutes(rules.offset_at({minute * kMsPerMinute}));
    };
    std::vector<ZoneOffset> offsets{{0, at(0)}};
    for (std::int64_t minute = kStep; minute <= kEnd; minute += kStep) {
        const std::int32_t now = at(minute);
        if (now == offsets.back().offset_min) continue;
        std::int64_t before = minute - kStep;
        std::int64_t after = minute;
        while (after - before > 1) {
            const std::int64_t middle = (before + after) / 2;
            (at(middle) == now ? after : before) = middle;
        }
        offsets.push_back({static_cast<std::int32_t>(after), now});
    }
    return offsets;
}

Result<std::vector<ZoneOffset>> ZoneDatabase::offsets(const std::string& name) {
    if (const auto fixed = parse_fixed_zone(name)) {
        const std::int64_t utc_ms = fixed->to_utc(0).ms;
        if (utc_ms == 0) return std::vector<ZoneOffset>();
        return std::vector<ZoneOffset>{{0, static_cast<std::int32_t>(-utc_ms / kMsPerMinute)}};
    }
    const auto found = known_.find(name);
    if (found != known_.end()) return found->second;
    if (!is_zone_name(name))
        return fail(Code::invalid_argument,
                    fmt::format("\"{}\" is no time zone: write UTC, an offset such as +02:00, or a "
                                "name such as Europe/Paris",
                                name));
    const auto bytes = read_(name);
    if (!bytes && bytes.error().code == Code::not_found)
        return fail(
            Code::invalid_argument,
            fmt::format("\"{}\" is no time zone that this machine knows ({}); write UTC, an "
                        "offset such as +02:00, or a name such as Europe/Paris",
                        name, bytes.error().message));
    if (!bytes) return fail(bytes.error().within(fmt::format("time zone \"{}\"", name)));
    const auto rules = parse_tzif(*bytes);
    if (!rules) return fail(rules.error().within(fmt::format("time zone \"{}\"", name)));
    return known_.emplace(name, zone_offsets(**rules)).first->second;
}

Result<model::WeekHours> parse_week_hours(std::string_view text, ZoneDatabase& zones) {
    return HoursReader(text, zones).read();
}

}  // namespace fleet::codec
