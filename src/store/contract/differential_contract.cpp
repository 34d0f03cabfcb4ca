// SPDX-License-Identifier: Apache-2.0
#include "model/batch.hpp"
#include "store/contract/contract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace fleet::store::contract {

namespace {

constexpr int kDays = 4;
constexpr int kDevices = 7;

/// Random valid records in which everything that a store may get wrong is frequent: equal
/// identities with equal, extending and conflicting content, late rows, repeats, pauses, absent
/// fields, texts, more than one day and fleet.
class Recording {
  public:
    Recording(std::uint64_t seed, Day today)
        : random_(seed), start_ms_(today.begin().ms - (kDays - 1) * kMsPerDay) {}

    std::vector<model::Record> records(std::size_t count) {
        std::vector<model::Record> out;
        out.reserve(count);
        while (out.size() < count) {
            if (!out.empty() && chance(8)) {
                out.push_back(out[pick(out.size())]);  // sent again
                continue;
            }
            out.push_back(record());
        }
        return out;
    }

    std::size_t pick(std::size_t size) { return static_cast<std::size_t>(random_() % size); }
    bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
    std::mt19937_64& random() { return random_; }
    [[nodiscard]] static std::string device(std::size_t number) {
        return fmt::format("V-{}", number * 3);
    }
    [[nodiscard]] static std::string fleet_of(std::size_t number) {
        return number % 3 == 0 ? "south" : "north";
    }
    [[nodiscard]] std::int64_t start_ms() const { return start_ms_; }

    /// Something said about one device, which is disabled now and then.
    model::DeviceChange device_change() {
        const std::size_t number = pick(kDevices);
        model::DeviceChange change;
        change.id = device(number);
        // A change must not name another fleet than the one in which a moved device is.
        if (chance(60)) change.name = chance(30) ? "" : fmt::format("Van {}", pick(3));
        if (chance(40)) change.plate = fmt::format("AB-{}", 97 + pick(3));
        if (chance(20)) change.driver = "Ada";
        if (chance(60)) change.enabled = !chance(30);
        return change;
    }

  private:
    std::mt19937_64 random_;
    std::int64_t start_ms_;
    model::Arena arena_;
    std::array<std::int64_t, kDevices> clocks_{};

    std::int64_t time_of(std::size_t device) {
        std::int64_t& now = clocks_[device];
        const std::int64_t span = kDays * kMsPerDay - kMsPerHour * 12;
        if (chance(3)) now += static_cast<std::int64_t>(pick(6 * kMsPerHour));
        now += static_cast<std::int64_t>(pick(4)) * 60'000;  // a coarse grid: identities meet
        if (now >= span)
            now = static_cast<std::int64_t>(pick(static_cast<std::size_t>(span) / 60'000)) * 60'000;
        if (chance(10))
            return start_ms_ + static_cast<std::int64_t>(pick(static_cast<std::size_t>(now) + 1)) /
                                   60'000 * 60'000;
        if (chance(2)) return start_ms_ + now + static_cast<std::int64_t>(pick(999));
        return start_ms_ + now;
    }

    model::Record record() {
        const std::size_t number = pick(kDevices);
        model::Record r;
        r.device = arena_.copy(device(number));
        r.fleet = arena_.copy(fleet_of(number));
        r.ts = {time_of(number)};
        for (const model::FieldInfo& f : model::kFields) {
            if (f.field == model::Field::lat || f.field == model::Field::lon) continue;
            if (!chance(f.group == model::Group::vehicle ? 10 : 45)) continue;
            const std::int64_t steps = std::min<std::int64_t>(f.max - f.min, 3);
            r.set(f.field,
                  static_cast<std::int32_t>(f.min + (f.max - f.min) / steps *
                                                        static_cast<std::int64_t>(pick(
                                                            static_cast<std::size_t>(steps) + 1))));
        }
        if (chance(75)) {
            const int reach = chance(3) ? 1'000'000 : 3'000;
            r.set(model::Field::lat,
                  48'000'000 + static_cast<std::int32_t>(pick(static_cast<std::size_t>(reach))));
            r.set(model::Field::lon,
                  2'000'000 + static_cast<std::int32_t>(pick(static_cast<std::size_t>(reach))));
        }
        if (chance(15)) r.zone = chance(50) ? "depot" : "harbour";
        if (chance(5)) r.alarm = "sos";
        if (chance(10)) {
            std::vector<model::Attribute> attributes;
            if (chance(60)) attributes.push_back({"rpm", static_cast<double>(pick(3))});
            if (chance(60)) attributes.push_back({"door", chance(50)});
            if (chance(60))
                attributes.push_back(
                    {"note", chance(50) ? std::string_view("ok") : std::string_view("")});
            r.attributes = arena_.copy(attributes);
        }
        return r;
    }
};

Added add_to(MemoryStore& oracle, std::span<const model::Record> records) {
    Added added;
    for (const model::Record& record : records) {
        const AddOutcome outcome = oracle.add(record, "default");
        added.count(outcome.kind);
        added.late += outcome.late ? 1 : 0;
    }
    return added;
}

std::string counts(const Added& added) {
    return fmt::format("{} stored, {} duplicates, {} conflicts, {} late, {} refused", added.stored,
                       added.duplicates, added.conflicts, added.late, added.refused);
}

/// All answers of a reader as text.
class Answers {
  public:
    Answers(FleetReader& reader, const model::FleetScope& scope, Timestamp now,
            std::int64_t start_ms)
        : reader_(reader), scope_(scope), now_(now), start_ms_(start_ms) {}

    std::string all() {
        fleets();
        for (std::size_t d = 0; d < kDevices; ++d) device(Recording::device(d));
        for (const char* fleet : {"north", "south", "default"}) of_fleet(fleet);
        for (const char* text : {"", "v-1", "V-", "9", "x"}) {
            out_ += fmt::format("search {}:", text);
            const std::vector<DeviceInfo> found = *reader_.search(scope_, text, 4);
            for (const DeviceInfo& info : found) out_ += " " + text_of(info) + ";";
            out_ += '\n';
        }
        return std::move(out_);
    }

  private:
    FleetReader& reader_;
    const model::FleetScope& scope_;
    Timestamp now_;
    std::int64_t start_ms_;
    std::string out_;

    void fleets() { out_ += text_of(*reader_.fleets(scope_)); }

    void history(const std::string& id, TimeRange range, Order order, std::size_t limit) {
        out_ += fmt::format("history {} {}–{} {}\n", id, range.from.ms, range.to.ms,
                            static_cast<int>(order));
        std::string cursor;
        do {
            const auto page = *reader_.history(scope_, id, range, order, {limit, cursor});
            out_ += text_of(page.rows) + "page " + text_of(page.retention_from) + '\n';
            cursor = page.next;
        } while (!cursor.empty());
    }

    void device(const std::string& id) {
        const auto info = reader_.device(scope_, id);
        if (!info) {
            out_ += fmt::format("device {}: {}\n", id, to_string(info.error().code));
            return;
        }
        out_ += text_of(*info) + "\nlatest " + text_of(*reader_.latest(scope_, id)) + '\n';
        const Timestamp start{start_ms_};
        const Timestamp end{start_ms_ + kDays * kMsPerDay};
        history(id, {start, end}, Order::newest_first, 97);
        history(id, {start, end}, Order::oldest_first, 10'000);
        history(id, {{start_ms_ + 7 * kMsPerHour + 60'000}, {start_ms_ + 31 * kMsPerHour}},
                Order::newest_first, 11);
        history(id, {{start_ms_ + 23 * kMsPerHour}, {start_ms_ + 25 * kMsPerHour + 1}},
                Order::oldest_first, 3);
        series(id, start, end);
        motion(id, {start, end}, 1'000);
        motion(id, {{start_ms_ + 13 * kMsPerHour}, {start_ms_ + 60 * kMsPerHour}}, 2);
        for (int d = -1; d <= kDays; ++d)
            out_ += "summary " + text_of(*reader_.summary(scope_, id, day(d))) + '\n';
    }

    void series(const std::string& id, Timestamp start, Timestamp end) {
        for (const model::FieldInfo& f : model::kFields)
            if (is_series_metric(f.field))
                out_ += text_of(*reader_.series(scope_, id, {f.field, {start, end}, 0}));
        for (const std::size_t points : {1U, 2U, 31U, 5'000U}) {
            out_ += text_of(*reader_.series(
                scope_, id, {model::Field::temp, {Timestamp{0}, Timestamp{kMaxMs + 1}}, points}));
            out_ += text_of(
                *reader_.series(scope_, id,
                                {model::Field::speed,
                                 {{start_ms_ + 7 * kMsPerHour + 1}, {start_ms_ + 49 * kMsPerHour}},
                                 points}));
        }
    }

    void motion(const std::string& id, TimeRange range, std::size_t limit) {
        const auto list = [&](auto next) {
            std::string cursor;
            do {
                const auto page = *next(PageRequest{limit, cursor});
                for (const auto& item : page.items) out_ += text_of(item) + '\n';
                cursor = page.next;
            } while (!cursor.empty());
        };
        list([&](const PageRequest& page) { return reader_.trips(scope_, id, range, page); });
        list([&](const PageRequest& page) { return reader_.stops(scope_, id, range, page); });
    }

    void alerts(const std::string& fleet, const AlertFilter& filter, TimeRange range,
                std::size_t limit) {
        std::string cursor;
        do {
            const auto page = *reader_.alerts(scope_, fleet, filter, range, {limit, cursor});
            for (const Alert& alert : page.items) out_ += text_of(alert) + '\n';
            if (!page.items.empty())
                out_ += text_of(*reader_.alert(scope_, page.items.front().id)) + '\n';
            cursor = page.next;
        } while (!cursor.empty());
    }

    [[nodiscard]] Day day(int number) const { return day_of({start_ms_ + number * kMsPerDay}); }

    void of_fleet(const std::string& fleet) {
        const auto known = reader_.devices(scope_, fleet, {});
        if (!known) {
            out_ += fmt::format("fleet {}: {}\n", fleet, to_string(known.error().code));
            return;
        }
        for (std::string cursor;;) {
            const auto page = *reader_.devices(scope_, fleet, {2, cursor});
            for (const DeviceInfo& info : page.items) out_ += text_of(info) + '\n';
            cursor = page.next;
            if (cursor.empty()) break;
        }
        std::vector<std::optional<Timestamp>> instants{{}};
        for (const std::int64_t h : {-1, 0, 13, 24, 50, 84, 200})
            instants.push_back(Timestamp{start_ms_ + h * kMsPerHour});
        for (const auto& at : instants)
            for (std::string cursor;;) {
                const auto page = *reader_.fleet_latest(scope_, fleet, at, {3, cursor});
                for (const LatestOfDevice& latest : page.items)
                    out_ += text_of(at) + ' ' + text_of(latest) + '\n';
                cursor = page.next;
                if (cursor.empty()) break;
            }
        const TimeRange whole{{start_ms_ - kMsPerDay}, {start_ms_ + (kDays + 1) * kMsPerDay}};
        alerts(fleet, {}, whole, 1'000);
        AlertFilter some;
        some.severity = model::Severity::high;
        alerts(fleet, some, {{start_ms_ + 10 * kMsPerHour}, {start_ms_ + 70 * kMsPerHour}}, 7);
        some.severity = {};
        some.type = model::RuleType::low_battery;
        some.state = AlertState::open;
        alerts(fleet, some, whole, 50);
        for (int d = -1; d <= kDays; ++d) {
            out_ += fmt::format("day {} ", d) + text_of(*reader_.analytics(scope_, fleet, day(d)));
            out_ += text_of(*reader_.kpis_of_day(scope_, fleet, day(d))) + '\n';
        }
        for (const std::int64_t window : {kMsPerMinute, kMsPerHour, 30 * kMsPerHour})
            out_ += text_of(*reader_.kpis(scope_, fleet, now_, window)) + '\n';
    }
};

/// The first line that differs, which is what one wants to see of two long texts.
std::string first_difference(const std::string& got, const std::string& want) {
    std::size_t line = 0;
    std::size_t a = 0;
    std::size_t b = 0;
    while (a < got.size() || b < want.size()) {
        const std::string got_line = got.substr(a, got.find('\n', a) - a);
        const std::string want_line = want.substr(b, want.find('\n', b) - b);
        if (got_line != want_line)
            return fmt::format("line {}\n  got  {}\n  want {}", line, got_line, want_line);
        a = std::min(got.size(), a + got_line.size() + 1);
        b = std::min(want.size(), b + want_line.size() + 1);
        ++line;
    }
    return {};
}

}  // namespace

TEST_P(ReaderContract, AnswersEqualTheMemoryModelRecordByRecord) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const auto backend = GetParam().make(clock_);
        MemoryStore oracle(clock_);
        Added seen;
        Recording recording(seed, kToday);
        const std::vector<model::Record> records = recording.records(2'500);
        std::size_t next = 0;
        for (int batch = 0; next < records.size(); ++batch) {
            const std::size_t size = std::min(records.size() - next,
                                              1 + recording.pick(recording.chance(20) ? 600 : 60));
            const std::span<const model::Record> part(records.data() + next, size);
            next += size;
            const Added got = backend->add(part);
            const Added want = add_to(oracle, part);
            seen.stored += want.stored;
            seen.duplicates += want.duplicates;
            seen.conflicts += want.conflicts;
            seen.late += want.late;
            seen.refused += want.refused;
            ASSERT_EQ(counts(got), counts(want)) << "seed " << seed << " batch " << batch;
            if (!got.kinds.empty()) {
                ASSERT_EQ(got.kinds, want.kinds) << "seed " << seed << " batch " << batch;
            }
            if (keeps_devices() && recording.chance(40)) {
                const model::DeviceChange change = recording.device_change();
                backend->change_device(change);
                oracle.change_device(change);
            }
            if (keeps_devices() && recording.chance(10)) {
                const std::string id = Recording::device(recording.pick(kDevices));
                const std::string fleet = recording.chance(50) ? "south" : "north";
                const Day from =
                    day_of({recording.start_ms() +
                            static_cast<std::int64_t>(recording.pick(kDays)) * kMsPerDay});
                if (oracle.device(all_, id)) {
                    backend->move_device(id, fleet, from);
                    oracle.move_device(id, fleet, from);
                }
            }
            if (recording.chance(15)) backend->disturb(static_cast<unsigned>(recording.pick(3)));
            if (batch % 16 != 15 && next < records.size()) continue;
            const std::string difference =
                first_difference(Answers(backend->reader(), all_, kNow, recording.start_ms()).all(),
                                 Answers(oracle, all_, kNow, recording.start_ms()).all());
            ASSERT_EQ(difference, "") << "seed " << seed << " after batch " << batch;
        }
        // Otherwise the records would prove nothing.
        EXPECT_GT(std::min({seen.stored, seen.duplicates, seen.conflicts, seen.late}),
                  records.size() / 50);
        EXPECT_GT(seen.refused, 0U);
    }
}

TEST_P(ReaderContract, AnswersDoNotDependOnTheOrderOfArrival) {
    for (std::uint64_t seed = 11; seed <= 13; ++seed) {
        const auto backend = GetParam().make(clock_);
        MemoryStore oracle(clock_);
        Recording recording(seed, kToday);
        std::vector<model::Record> records = recording.records(1'500);
        const Added ordered = add_to(oracle, records);
        std::shuffle(records.begin(), records.end(), recording.random());
        std::uint64_t stored = 0;
        for (std::size_t next = 0; next < records.size();) {
            const std::size_t size = std::min(records.size() - next, 1 + recording.pick(200));
            stored += backend->add({records.data() + next, size}).stored;
            next += size;
            if (recording.chance(20)) backend->disturb(static_cast<unsigned>(recording.pick(3)));
        }
        EXPECT_EQ(stored, ordered.stored);
        EXPECT_EQ(
            first_difference(Answers(backend->reader(), all_, kNow, recording.start_ms()).all(),
                             Answers(oracle, all_, kNow, recording.start_ms()).all()),
            "")
            << "seed " << seed;
    }
}

void link_differential() {}

}  // namespace fleet::store::contract
