// SPDX-License-Identifier: Apache-2.0
#include "engine/journal.hpp"

#include "engine/journal_testing.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace fleet::engine {
namespace {

using namespace fleet::engine::testing;
using ::testing::HasSubstr;
using Operation = MemoryFileSystem::Operation;

struct Recorder final : JournalListener {
    void group_durable(std::span<JournalEntry> entries) noexcept override {
        ++groups;
        take(entries, durable);
    }
    void group_failed(std::span<JournalEntry> entries, const Error& error) noexcept override {
        take(entries, failed);
        last_error = error;
    }
    void fatal(const Error&) noexcept override { ++fatals; }
    static void take(std::span<JournalEntry> entries, std::vector<JournalEntry>& into) {
        for (JournalEntry& entry : entries)
            into.push_back(
                {std::move(entry.payload), std::move(entry.context), nullptr, entry.sequence});
    }

    int groups = 0;
    int fatals = 0;
    std::vector<JournalEntry> durable;
    std::vector<JournalEntry> failed;
    std::optional<Error> last_error;
};

/// Holds the journal's thread in its first group until released.
struct Blocker final : JournalListener {
    void group_durable(std::span<JournalEntry>) noexcept override {
        if (first.exchange(false)) {
            reached.count_down();
            release.wait();
        }
    }
    void group_failed(std::span<JournalEntry>, const Error&) noexcept override {}
    void fatal(const Error&) noexcept override {}

    std::atomic<bool> first = true;
    std::latch reached{1};
    std::latch release{1};
};

std::vector<std::string> names_in(MemoryFileSystem& fs, std::string_view suffix) {
    std::vector<std::string> names;
    const auto all = fs.list(kDir).value();
    for (const std::string& name : all)
        if (name.ends_with(suffix)) names.push_back(name);
    return names;
}

TEST(Journal, GivesSequencesFromOneAndReplaysThemInOrder) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    EXPECT_TRUE(opened.entries.empty());
    for (std::uint64_t n = 1; n <= 30; ++n)
        ASSERT_EQ(append_and_wait(*opened.journal, payload(n)).value(), n);
    EXPECT_EQ(opened.journal->last_durable(), 30U);
    EXPECT_GE(opened.journal->syncs(), 30U);
    ASSERT_TRUE(opened.journal->stop());

    auto again = open_journal(small_options(fs)).value();
    ASSERT_EQ(again.entries.size(), 30U);
    for (std::uint64_t n = 1; n <= 30; ++n) EXPECT_EQ(again.entries[n], payload(n));
    EXPECT_EQ(open_journal(small_options(fs->after_kill()), 17).value().entries.begin()->first,
              18U);
}

TEST(Journal, GoesOnWithTheNextSequenceAlsoWhenEverythingWasTrimmed) {
    auto fs = std::make_shared<MemoryFileSystem>();
    {
        auto opened = open_journal(small_options(fs)).value();
        for (std::uint64_t n = 1; n <= 40; ++n)
            ASSERT_TRUE(append_and_wait(*opened.journal, payload(n)));
        ASSERT_GT(names_in(*fs, ".log").size(), 3U);
        EXPECT_EQ(opened.journal->segments(), names_in(*fs, ".log").size());
        const std::uint64_t before = opened.journal->bytes();
        ASSERT_TRUE(opened.journal->trim(40));
        EXPECT_EQ(names_in(*fs, ".log").size(), 1U);
        EXPECT_EQ(opened.journal->segments(), 1U);
        EXPECT_LT(opened.journal->bytes(), before);
        ASSERT_TRUE(opened.journal->stop());
    }
    auto opened = open_journal(small_options(fs), 40).value();
    EXPECT_TRUE(opened.entries.empty());
    EXPECT_EQ(opened.journal->last_durable(), 40U);
    EXPECT_EQ(append_and_wait(*opened.journal, "x").value(), 41U);
}

TEST(Journal, LeavesOutSequencesThatTheTablesHaveAlready) {
    auto fs = std::make_shared<MemoryFileSystem>();
    {
        auto opened = open_journal(small_options(fs)).value();
        ASSERT_TRUE(append_and_wait(*opened.journal, "one"));
    }
    for (const std::uint64_t jump :
         {10U, 20U}) {  // twice: the first jump may leave an empty segment behind
        auto opened = open_journal(small_options(fs), jump).value();
        EXPECT_EQ(opened.journal->last_durable(), jump);
    }
    {
        auto opened = open_journal(small_options(fs), 20).value();
        EXPECT_EQ(append_and_wait(*opened.journal, "twenty-one").value(), 21U);
    }
    auto opened = open_journal(small_options(fs)).value();
    EXPECT_EQ(opened.entries, (Entries{{1, "one"}, {21, "twenty-one"}}));
}

TEST(Journal, TakesEmptyPayloadsAndRefusesTooLargeOnes) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    EXPECT_EQ(append_and_wait(*opened.journal, "").value(), 1U);
    const auto refused = opened.journal->append(std::string(kMaxJournalPayload + 1, 'x'), nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::too_large);
    EXPECT_EQ(append_and_wait(*opened.journal, std::string(5'000, 'y')).value(),
              2U);  // larger than a segment
    EXPECT_EQ(append_and_wait(*opened.journal, "z").value(), 3U);
    ASSERT_TRUE(opened.journal->stop());
    auto again = open_journal(small_options(fs)).value();
    EXPECT_EQ(again.entries, (Entries{{1, ""}, {2, std::string(5'000, 'y')}, {3, "z"}}));
}

TEST(Journal, HandsWholeGroupsWithPayloadAndContextToTheListener) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto recorder = std::make_shared<Recorder>();
    JournalOptions options = small_options(fs);
    options.listener = recorder;
    auto opened = open_journal(options).value();
    std::vector<JournalEntry> entries;
    for (int i = 0; i < 3; ++i) entries.push_back({payload(1), std::make_shared<int>(i), nullptr});
    ASSERT_TRUE(opened.journal->append(entries));
    ASSERT_TRUE(opened.journal->stop());
    EXPECT_EQ(recorder->groups, 1);
    ASSERT_EQ(recorder->durable.size(), 3U);
    for (int i = 0; i < 3; ++i) {
        const JournalEntry& entry = recorder->durable[static_cast<std::size_t>(i)];
        EXPECT_EQ(entry.sequence, static_cast<std::uint64_t>(i) + 1);
        EXPECT_EQ(entry.payload, payload(1));
        EXPECT_EQ(*std::static_pointer_cast<int>(entry.context), i);
    }
}

TEST(Journal, SyncsOnceForAllThatGatheredDuringTheLastSync) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto blocker = std::make_shared<Blocker>();
    JournalOptions options = small_options(fs);
    options.segment_bytes = 1 << 20;
    options.listener = blocker;
    auto opened = open_journal(options).value();
    ASSERT_TRUE(opened.journal->append("first", nullptr));
    blocker->reached.wait();
    const std::uint64_t before = opened.journal->syncs();
    std::vector<std::uint64_t> order;
    for (std::uint64_t n = 0; n < 100; ++n)
        ASSERT_TRUE(opened.journal->append(
            payload(n), [&](Result<std::uint64_t> r) { order.push_back(r.value()); }));
    blocker->release.count_down();
    ASSERT_TRUE(opened.journal->stop());
    EXPECT_EQ(opened.journal->syncs(), before + 1);
    ASSERT_EQ(order.size(), 100U);
    for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i + 2);
}

TEST(Journal, RefusesAtOnceWhenItsQueueIsFull) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto blocker = std::make_shared<Blocker>();
    JournalOptions options = small_options(fs);
    options.max_queue_bytes = 1'000;
    options.listener = blocker;
    auto opened = open_journal(options).value();
    ASSERT_TRUE(opened.journal->append("first", nullptr));
    blocker->reached.wait();
    int taken = 0;
    int done = 0;
    Result<void> last;
    while ((last = opened.journal->append("0123456789", [&](const auto&) { ++done; })))
        ASSERT_LT(++taken, 100);
    EXPECT_EQ(last.error().code, Code::overloaded);
    EXPECT_GT(taken, 10);
    EXPECT_LE(opened.journal->queued_bytes(), 1'000U);
    std::vector<JournalEntry> pair(2);
    EXPECT_FALSE(opened.journal->append(pair));
    blocker->release.count_down();
    ASSERT_TRUE(opened.journal->stop());
    EXPECT_EQ(done, taken);
    EXPECT_EQ(opened.journal->queued_bytes(), 0U);
}

TEST(Journal, StopWritesAndAcknowledgesAllThatWasQueued) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    int done = 0;
    for (std::uint64_t n = 1; n <= 1'000; ++n)
        ASSERT_TRUE(opened.journal->append(payload(n),
                                           [&](const auto& result) { done += result ? 1 : 0; }));
    ASSERT_TRUE(opened.journal->stop());
    EXPECT_EQ(done, 1'000);
    ASSERT_TRUE(opened.journal->stop());
    const auto refused = opened.journal->append("late", nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_EQ(open_journal(small_options(fs)).value().entries.size(), 1'000U);
}

TEST(Journal, FullDiskTakesTheGroupBackAndWorksAgainWhenSpaceIsFreed) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    fs->set_capacity(6'000);
    std::uint64_t acknowledged = 0;
    Result<std::uint64_t> result = append_group(*opened.journal, 1, 3);
    for (; result; result = append_group(*opened.journal, acknowledged + 1, acknowledged + 3)) {
        acknowledged = result.value();
        ASSERT_LT(acknowledged, 1'000U);
    }
    EXPECT_EQ(result.error().code, Code::unavailable);
    EXPECT_GT(acknowledged, 20U);
    EXPECT_FALSE(opened.journal->failed());
    EXPECT_EQ(opened.journal->last_durable(), acknowledged);
    EXPECT_EQ(open_journal(small_options(fs->after_kill())).value().entries.size(), acknowledged);
    for (std::uint64_t seed = 0; seed < 20; ++seed)
        EXPECT_EQ(open_journal(small_options(fs->after_power_loss(seed))).value().entries.size(),
                  acknowledged);

    EXPECT_FALSE(append_group(*opened.journal, 1, 60));  // still full
    fs->set_capacity(60'000);
    EXPECT_EQ(append_group(*opened.journal, acknowledged + 1, acknowledged + 9).value(),
              acknowledged + 9);
    ASSERT_TRUE(opened.journal->stop());
    auto again = open_journal(small_options(fs)).value();
    ASSERT_EQ(again.entries.size(), acknowledged + 9);
    for (const auto& [sequence, bytes] : again.entries) EXPECT_EQ(bytes, payload(sequence));
}

TEST(Journal, FailedSyncIsFinal) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto recorder = std::make_shared<Recorder>();
    JournalOptions options = small_options(fs);
    options.listener = recorder;
    auto opened = open_journal(options).value();
    ASSERT_TRUE(append_group(*opened.journal, 1, 2).value());
    fs->fail(Operation::sync, 1, Code::io);
    const auto refused = opened.journal->append(payload(3), nullptr);
    ASSERT_TRUE(refused);
    const auto stopped = opened.journal->stop();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Code::io);
    EXPECT_TRUE(opened.journal->failed());
    EXPECT_EQ(recorder->fatals, 1);
    EXPECT_EQ(recorder->durable.size(), 2U);
    EXPECT_EQ(recorder->failed.size(), 1U);
    EXPECT_EQ(opened.journal->last_durable(), 2U);
    EXPECT_EQ(opened.journal->append("more", nullptr).error().code, Code::io);
}

TEST(Journal, RecoveryWritesAgainWhatAFailedSyncLeftInTheCacheOnly) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    ASSERT_TRUE(append_group(*opened.journal, 1, 2));
    fs->fail(Operation::sync, 1, Code::io);
    ASSERT_FALSE(append_and_wait(*opened.journal, payload(3)));
    auto restarted = fs->after_kill();
    auto again = open_journal(small_options(restarted)).value();
    EXPECT_EQ(again.entries.size(), 3U);             // sent, not acknowledged: it may be there …
    for (std::uint64_t seed = 0; seed < 20; ++seed)  // … but once replayed it stays
        EXPECT_EQ(open_journal(small_options(restarted->after_power_loss(seed))).value().entries,
                  again.entries);
}

TEST(Journal, WriteErrorOtherThanNoSpaceIsFinal) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    ASSERT_TRUE(append_and_wait(*opened.journal, payload(1)));
    fs->fail(Operation::write, 1, Code::io);
    EXPECT_EQ(append_and_wait(*opened.journal, payload(2)).error().code, Code::io);
    EXPECT_TRUE(opened.journal->failed());
}

TEST(Journal, GroupThatCannotBeTakenBackIsFinal) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    ASSERT_TRUE(append_and_wait(*opened.journal, payload(1)));
    fs->fail(Operation::write, 1, Code::unavailable);
    fs->fail(Operation::truncate, 1, Code::io);
    EXPECT_FALSE(append_and_wait(*opened.journal, payload(2)));
    EXPECT_TRUE(opened.journal->failed());
}

TEST(Journal, ReadOnlyDiskIsTemporary) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    ASSERT_TRUE(append_and_wait(*opened.journal, payload(1)));
    fs->fail(Operation::write, 1, Code::unavailable, 1'000);
    fs->fail(Operation::truncate, 1, Code::unavailable, 1'000);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(append_and_wait(*opened.journal, "no").error().code, Code::unavailable);
    EXPECT_FALSE(opened.journal->failed());
    fs->heal();
    EXPECT_EQ(append_and_wait(*opened.journal, payload(2)).value(), 2U);
    ASSERT_TRUE(opened.journal->stop());
    EXPECT_EQ(open_journal(small_options(fs)).value().entries,
              (Entries{{1, payload(1)}, {2, payload(2)}}));
}

TEST(Journal, ReusesTrimmedSegmentsWithoutEverReadingTheirOldEntries) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    std::uint64_t n = 0;
    for (int round = 0; round < 30; ++round) {
        // Entries of one size, so that old ones lie exactly where new ones could.
        for (int i = 0; i < 9; ++i)
            ASSERT_EQ(append_and_wait(*opened.journal, "same length").value(), ++n);
        ASSERT_TRUE(opened.journal->trim(n));
        EXPECT_LE(names_in(*fs, ".spare").size(), 2U);
        EXPECT_EQ(names_in(*fs, ".log").size(), 1U);
        const auto found = open_journal(small_options(fs->after_kill()), n);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_TRUE(found->entries.empty());
        EXPECT_EQ(found->journal->last_durable(), n);
    }
}

TEST(Journal, TrimKeepsSegmentsThatHoldALaterEntry) {
    auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs)).value();
    for (std::uint64_t n = 1; n <= 60; ++n)
        ASSERT_TRUE(append_and_wait(*opened.journal, payload(n)));
    for (std::uint64_t through = 0; through <= 60; through += 7) {
        ASSERT_TRUE(opened.journal->trim(through));
        auto found = open_journal(small_options(fs->after_kill()), through).value();
        EXPECT_EQ(found.entries.size(), 60 - through);
    }
}

TEST(Journal, ProcessDurabilityAcknowledgesWithoutASyncForEachGroup) {
    auto fs = std::make_shared<MemoryFileSystem>();
    JournalOptions options = small_options(fs);
    options.durability = JournalDurability::process;
    options.segment_bytes = 1 << 20;
    auto opened = open_journal(options).value();
    for (std::uint64_t n = 1; n <= 50; ++n)
        ASSERT_TRUE(append_and_wait(*opened.journal, payload(n)));
    EXPECT_EQ(opened.journal->syncs(), 0U);
    EXPECT_EQ(open_journal(small_options(fs->after_kill())).value().entries.size(), 50U);
    ASSERT_TRUE(opened.journal->stop());
    EXPECT_EQ(opened.journal->syncs(), 1U);
    EXPECT_EQ(open_journal(small_options(fs->after_power_loss(0))).value().entries.size(), 50U);
}

TEST(Journal, SaysWhichOptionIsWrong) {
    JournalOptions options = small_options(std::make_shared<MemoryFileSystem>());
    options.window_us = 6'000;
    const auto opened = open_journal(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::invalid_argument);
    EXPECT_THAT(opened.error().message, HasSubstr("window"));
}

TEST(Journal, ErrorOfTheSinkEndsTheOpening) {
    auto fs = std::make_shared<MemoryFileSystem>();
    ASSERT_TRUE(append_and_wait(*open_journal(small_options(fs)).value().journal, "x"));
    const auto opened = Journal::open(small_options(fs), 0, [](auto, auto) -> Result<void> {
        return fail(Code::internal, "no thanks");
    });
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, "no thanks");
}

TEST(Journal, ManyThreadsGetUniqueSequencesInTheirOwnOrder) {
    static constexpr std::uint64_t kThreads = 16;
    static constexpr std::uint64_t kEach = 400;
    auto fs = std::make_shared<MemoryFileSystem>();
    JournalOptions options = small_options(fs);
    options.segment_bytes = 4'000;
    options.window_us = 50;
    options.window_bytes = 400;
    auto opened = open_journal(options).value();
    std::vector<std::vector<std::uint64_t>> sequences(kThreads);
    {
        std::vector<std::jthread> threads;
        for (std::uint64_t t = 0; t < kThreads; ++t)
            threads.emplace_back([&, t] {
                for (std::uint64_t i = 0; i < kEach; ++i)
                    sequences[t].push_back(
                        append_and_wait(*opened.journal,
                                        std::to_string(t) + "/" + std::to_string(i))
                            .value());
            });
        threads.emplace_back([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                EXPECT_TRUE(opened.journal->trim(opened.journal->last_durable() / 2));
                EXPECT_LE(opened.journal->queued_bytes(), options.max_queue_bytes);
                EXPECT_GE(opened.journal->appended_bytes(), opened.journal->last_durable());
                std::this_thread::yield();
            }
        });
    }
    const std::uint64_t trimmed = opened.journal->last_durable() / 2;
    ASSERT_TRUE(opened.journal->stop());
    EXPECT_LT(opened.journal->syncs(), kThreads * kEach + 400);
    auto again = open_journal(options, trimmed).value();
    std::vector<bool> seen(kThreads * kEach + 1);
    for (std::uint64_t t = 0; t < kThreads; ++t)
        for (std::uint64_t i = 0; i < kEach; ++i) {
            const std::uint64_t sequence = sequences[t][i];
            if (i > 0) {
                EXPECT_GT(sequence, sequences[t][i - 1]);
            }
            ASSERT_FALSE(seen.at(sequence));
            seen.at(sequence) = true;
            if (sequence > trimmed) {
                EXPECT_EQ(again.entries[sequence], std::to_string(t) + "/" + std::to_string(i));
            }
        }
}

}  // namespace
}  // namespace fleet::engine
