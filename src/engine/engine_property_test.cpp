// SPDX-License-Identifier: Apache-2.0
// The property that everything rests on: what is asked depends on what was sent, not on when it
// came (I2, I4, I5, I7, I14).
#include "engine/engine_fold_testing.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace fleet::engine::test {
namespace {

/// Histories that the property test tries: FLEET_PROPERTY_SEEDS, or a few. With
/// FLEET_PROPERTY_FIRST as the first seed.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread so far
    return text == nullptr ? otherwise : std::stoull(text);
}

/// All that can be read: rows as they are exported, latest, hours, trips, stops, alerts.
std::string everything(Engine& engine) {
    return tables_of(engine) + found(engine) + memberships_of(engine);
}

/// Moves vehicles; those that are not known yet are registered in the fleet of their records.
void make_moves(Engine& engine, std::span<const DeviceMove> moves,
                const std::vector<TestRecord>& records) {
    for (const DeviceMove& move : moves) {
        const auto of = std::find_if(records.begin(), records.end(),
                                     [&](const TestRecord& r) { return r.device == move.device; });
        if (!engine.find_device(move.device)) {
            ASSERT_TRUE(engine.register_device(move.device, of->fleet));
        }
        const auto done = engine.move_devices({move});
        ASSERT_TRUE(done) << done.error().message;
    }
}

void expect_sound(Engine& engine, std::uint64_t seed) {
    const auto verified = engine.verify(false);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->differences, std::vector<std::string>{}) << "seed " << seed;
}

TEST(EngineFold, AnyOrderGivesTheSameAnswers) {
    const std::uint64_t first = from_environment("FLEET_PROPERTY_FIRST", 1);
    const std::uint64_t seeds = from_environment("FLEET_PROPERTY_SEEDS", 12);
    std::size_t lines = 0;
    std::size_t moved = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const auto records = drives(seed, 240);
        const std::vector<DeviceMove> moves = random_moves(seed, records);
        moved += moves.size();
        std::string expected;
        {
            const TemporaryDirectory dir;
            const auto engine = open_engine(dir.path());
            ASSERT_TRUE(engine->change_rules(random_rules(seed)));
            feed(*engine, records);
            make_moves(*engine, moves, records);
            expected = everything(*engine);
            expect_sound(*engine, seed);
            lines += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), '\n'));
        }
        std::mt19937_64 rng(seed);
        auto shuffled = records;
        std::shuffle(shuffled.begin(), shuffled.end(), rng);
        if (seed % 2 == 0)  // newest first: what comes last changes the days before only
            std::sort(shuffled.begin(), shuffled.end(),
                      [](const auto& a, const auto& b) { return a.record.ts.ms > b.record.ts.ms; });
        for (int i = 0; i < 60; ++i) {
            const TestRecord again = shuffled[rng() % shuffled.size()];
            const auto at = static_cast<std::ptrdiff_t>(rng() % shuffled.size());
            shuffled.insert(shuffled.begin() + at, again);
        }
        auto dir = std::make_unique<TemporaryDirectory>();
        auto engine = open_engine(dir->path());
        const std::size_t when = rng() % shuffled.size();
        std::size_t next_move = 0;
        for (std::size_t at = 0; at < shuffled.size();) {
            const std::size_t end = std::min(shuffled.size(), at + 1 + rng() % 40);
            if (at <= when && when < end) {
                const auto done = engine->change_rules(random_rules(seed));
                ASSERT_TRUE(done) << done.error().message;
            }
            ASSERT_TRUE(engine->submit_and_wait(batch_of(shuffled, at, end)));
            // In their order, but anywhere between the records.
            const std::size_t some =
                end == shuffled.size() ? moves.size() - next_move
                : rng() % 4 == 0 ? std::min<std::size_t>(1 + rng() % 2, moves.size() - next_move)
                                 : 0;
            make_moves(*engine, std::span(moves).subspan(next_move, some), records);
            next_move += some;
            if (rng() % 6 == 0) {
                ASSERT_TRUE(engine->checkpoint());
            }
            if (rng() % 6 == 0) (void)everything(*engine);
            if (rng() % 6 == 0) {
                if (rng() % 3 == 0) {  // a crash: what kill -9 would leave
                    auto left = std::make_unique<TemporaryDirectory>();
                    dir->copy_to(left->path());
                    engine.reset();
                    dir = std::move(left);
                }
                engine.reset();
                engine = open_engine(dir->path());
                ASSERT_NE(engine, nullptr);
            }
            at = end;
        }
        ASSERT_EQ(everything(*engine), expected) << "seed " << seed;
        expect_sound(*engine, seed);
    }
    EXPECT_GT(lines, seeds * 40);  // the histories hold something
    EXPECT_GT(moved, seeds);
}

TEST(EngineFold, AnErasureLeavesWhatAStoreWithoutTheRowsHolds) {
    const std::uint64_t first = from_environment("FLEET_PROPERTY_FIRST", 1);
    const std::uint64_t seeds = from_environment("FLEET_PROPERTY_SEEDS", 12);
    std::uint64_t changed = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        std::mt19937_64 rng(seed * 7);
        auto records = drives(seed, 240);
        TemporaryDirectory dir;
        auto engine = open_engine(dir.path());
        ASSERT_TRUE(engine->change_rules(random_rules(seed)));
        feed(*engine, records);
        for (int round = 0; round < 4; ++round) {
            const std::string before = everything(*engine);
            const auto pick = [&] { return records[rng() % records.size()].record.ts.ms; };
            const std::string device = records[rng() % records.size()].device;
            std::optional<ErasePeriod> period;
            if (round < 3) {
                const std::int64_t a = pick();
                const std::int64_t b = round == 0 ? a + kMsPerHour : pick();
                period = ErasePeriod{{std::min(a, b)}, {std::max(a, b) + 1}};
            }
            auto left = records;
            std::erase_if(left, [&](const TestRecord& r) {
                return r.device == device &&
                       (!period || (r.record.ts >= period->from && r.record.ts < period->to));
            });
            const bool some = std::any_of(left.begin(), left.end(),
                                          [&](const auto& r) { return r.device == device; });
            if (period && !some) continue;
            records = left;
            if (rng() % 2 == 0) {
                ASSERT_TRUE(engine->checkpoint());
            }
            const auto done = engine->erase(device, period);
            ASSERT_TRUE(done) << done.error().message;
            if (rng() % 3 == 0) {
                engine.reset();
                engine = open_engine(dir.path());
            }
            const TemporaryDirectory other;
            const auto never = open_engine(other.path());
            ASSERT_TRUE(never->change_rules(random_rules(seed)));
            feed(*never, records);
            const std::string text = everything(*engine);
            ASSERT_EQ(text, everything(*never)) << "seed " << seed << " round " << round;
            changed += text == before ? 0 : 1;
            expect_sound(*engine, seed);
        }
    }
    EXPECT_GT(changed, seeds * 2);
}

}  // namespace
}  // namespace fleet::engine::test
