// SPDX-License-Identifier: Apache-2.0
#include "engine/backup.hpp"

#include "engine/engine_testing.hpp"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

namespace fleet::engine::test {
namespace {

namespace fs = std::filesystem;

/// A backup that was made while a writer went on: at least what was acknowledged before, whole
/// batches, and nothing else.
TEST(Backup, OfARunningEngineHoldsWhatWasAcknowledgedBefore) {
    const TemporaryDirectory place;
    const auto records = random_records(21, 3'000);
    for (int round = 0; round < 6; ++round) {
        const fs::path source = place.path() / fmt::format("source-{}", round);
        const fs::path copy = place.path() / fmt::format("copy-{}", round);
        std::atomic<std::size_t> acknowledged{0};
        std::size_t before = 0;
        std::string original;
        {
            const auto engine = open_engine(source);
            std::thread writer([&] {
                for (std::size_t at = 0; at < records.size(); at += 20) {
                    const std::size_t end = std::min(records.size(), at + 20);
                    EXPECT_TRUE(engine->submit_and_wait(batch_of(records, at, end)));
                    acknowledged = end;
                }
            });
            while (acknowledged < 400U * static_cast<unsigned>(round)) std::this_thread::yield();
            before = acknowledged;
            const auto done = engine->backup(copy);
            EXPECT_TRUE(done) << done.error().message;
            writer.join();
            original = tables_of(*engine);
        }
        EXPECT_EQ(original, expected_tables(records, records.size()));
        const auto engine = open_engine(copy);
        ASSERT_NE(engine, nullptr);
        const auto verified = engine->verify(false);
        ASSERT_TRUE(verified);
        EXPECT_EQ(verified->differences, std::vector<std::string>{});
        const std::string found = tables_of(*engine);
        bool prefix = false;
        for (std::size_t end = before; end <= records.size() && !prefix; end += 20)
            prefix = found == expected_tables(records, end);
        EXPECT_TRUE(prefix) << "round " << round << ", " << before << " acknowledged before";
        // It goes on as a store of its own: nothing new is taken for an old entry (I7).
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, records.size())));
        EXPECT_EQ(tables_of(*engine), original);
    }
}

TEST(Backup, RestoresIntoADirectoryAndStaysAsItIs) {
    const TemporaryDirectory place;
    const auto records = random_records(22, 500);
    const auto files = posix_file_system();
    const fs::path copy = place.path() / "copy";
    {
        const auto engine = open_engine(place.path() / "source");
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, 300)));
        ASSERT_TRUE(engine->backup(copy));
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 300, 500)));
    }
    for (const char* name : {"one", "two"}) {
        const auto done = restore_backup(*files, copy, place.path() / name);
        ASSERT_TRUE(done) << done.error().message;
        const auto engine = open_engine(place.path() / name);
        EXPECT_EQ(tables_of(*engine), expected_tables(records, 300));
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 300, 500)));
        EXPECT_EQ(tables_of(*engine), expected_tables(records, 500));
    }
}

TEST(Backup, RefusesToWriteOverAnythingAndLeavesNothingBehind) {
    const TemporaryDirectory place;
    const auto engine = open_engine(place.path() / "source");
    fs::create_directories(place.path() / "full");
    std::ofstream(place.path() / "full" / "mine") << "mine";
    const auto over = engine->backup(place.path() / "full");
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, Code::already_exists);
    const auto under_a_file = engine->backup(place.path() / "full" / "mine" / "copy");
    ASSERT_FALSE(under_a_file);
    EXPECT_EQ(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()), 2);
    EXPECT_EQ(std::distance(fs::directory_iterator(place.path() / "full"), {}), 1);
    fs::create_directories(place.path() / "empty");
    EXPECT_TRUE(engine->backup(place.path() / "empty"));
}

TEST(Backup, RestoreWritesNothingIntoTheBackup) {
    const TemporaryDirectory place;
    const fs::path copy = place.path() / "copy";
    {
        const auto engine = open_engine(place.path() / "source");
        ASSERT_TRUE(engine->submit_and_wait(batch_of(random_records(23, 50), 0, 50)));
        ASSERT_TRUE(engine->backup(copy));
    }
    const auto listing = [&] {
        std::string out;
        for (const auto& entry : fs::recursive_directory_iterator(copy))
            out += fmt::format("{} {}\n", entry.path().string(),
                               entry.last_write_time().time_since_epoch().count());
        return out;
    };
    for (const bool opened_before : {false, true}) {
        if (opened_before) (void)open_engine(copy);  // leaves a LOCK file there
        EXPECT_EQ(fs::exists(copy / "LOCK"), opened_before);
        const std::string before = listing();
        const fs::path to = place.path() / (opened_before ? "one" : "two");
        const auto done = restore_backup(*posix_file_system(), copy, to);
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_EQ(listing(), before);
    }
}

TEST(Backup, RestoreSaysWhatIsNoBackupAndWhatIsInUse) {
    const TemporaryDirectory place;
    const auto files = posix_file_system();
    const auto nothing = restore_backup(*files, place.path() / "absent", place.path() / "to");
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Code::not_found);
    const auto engine = open_engine(place.path() / "source");
    const auto in_use = restore_backup(*files, place.path() / "source", place.path() / "to");
    ASSERT_FALSE(in_use);
    EXPECT_EQ(in_use.error().code, Code::busy);
    EXPECT_FALSE(fs::exists(place.path() / "to"));
}

}  // namespace
}  // namespace fleet::engine::test
