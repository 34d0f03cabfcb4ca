// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_reader.hpp"
#include "engine/journal_format.hpp"
#include "engine/journal_testing.hpp"

#include <thread>

namespace fleet::engine::testing {
namespace {

/// Entries of (after, through], as many as `max_bytes` allow; `last` is what read() returned.
Entries read_some(JournalReader& reader, std::uint64_t after, std::uint64_t through,
                  std::uint64_t max_bytes, std::uint64_t& last) {
    Entries out;
    const auto done =
        reader.read(after, through, max_bytes,
                    [&](std::uint64_t sequence, std::string_view bytes) -> Result<void> {
                        EXPECT_GT(sequence, out.empty() ? after : out.rbegin()->first);
                        out[sequence] = bytes;
                        return {};
                    });
    EXPECT_TRUE(done) << done.error().message;
    last = done.value_or(after);
    return out;
}

Entries expected(std::uint64_t from, std::uint64_t to) {
    Entries out;
    for (std::uint64_t n = from; n <= to; ++n) out[n] = payload(n);
    return out;
}

TEST(JournalReader, FollowsAWriterThroughSegmentsFromAnyPlace) {
    const auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs));
    ASSERT_TRUE(opened);
    Journal& journal = *opened->journal;
    JournalReader following(fs, kDir);
    std::uint64_t seen = 0;
    Entries all;
    for (std::uint64_t n = 1; n <= 120; n += 3) {  // some 10 segments
        ASSERT_TRUE(append_group(journal, n, n + 2));
        if (n % 2 == 0) continue;
        all.merge(read_some(following, seen, journal.last_durable(), UINT64_MAX, seen));
        EXPECT_EQ(seen, journal.last_durable());
    }
    all.merge(read_some(following, seen, journal.last_durable(), UINT64_MAX, seen));
    EXPECT_EQ(all, expected(1, 120));
    for (std::uint64_t from = 0; from <= 120; ++from) {
        JournalReader fresh(fs, kDir);
        std::uint64_t last = 0;
        EXPECT_EQ(read_some(fresh, from, 120, UINT64_MAX, last), expected(from + 1, 120));
        // Back and on again with the same reader.
        EXPECT_EQ(
            read_some(following, from, std::min<std::uint64_t>(from + 9, 120), UINT64_MAX, last),
            expected(from + 1, std::min<std::uint64_t>(from + 9, 120)));
    }
}

TEST(JournalReader, GivesAsMuchAsWasAskedForAndAtLeastOne) {
    const auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs));
    ASSERT_TRUE(opened);
    ASSERT_TRUE(append_group(*opened->journal, 1, 60));
    JournalReader reader(fs, kDir);
    std::uint64_t last = 0;
    EXPECT_EQ(read_some(reader, 0, 60, 0, last), expected(1, 1));
    EXPECT_EQ(last, 1U);
    Entries all = expected(1, 1);
    while (last < 60) {
        const Entries some = read_some(reader, last, 60, 64, last);
        ASSERT_FALSE(some.empty());
        EXPECT_LE(some.size(), 12U);
        all.insert(some.begin(), some.end());
    }
    EXPECT_EQ(all, expected(1, 60));
    EXPECT_EQ(read_some(reader, 60, 60, 64, last), Entries{});
    EXPECT_EQ(last, 60U);
}

TEST(JournalReader, AnEntryThatTheSinkRefusesComesAgain) {
    const auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs));
    ASSERT_TRUE(opened);
    ASSERT_TRUE(append_group(*opened->journal, 1, 30));
    JournalReader reader(fs, kDir);
    const auto refused = reader.read(0, 30, UINT64_MAX, [](std::uint64_t n, std::string_view) {
        return n == 20 ? Result<void>(fail(Code::unavailable, "not now")) : Result<void>();
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    std::uint64_t last = 0;
    EXPECT_EQ(read_some(reader, 19, 30, UINT64_MAX, last), expected(20, 30));
}

TEST(JournalReader, SaysWhatWasGivenUp) {
    const auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs));
    ASSERT_TRUE(opened);
    Journal& journal = *opened->journal;
    JournalReader inside(fs, kDir);
    std::uint64_t last = 0;
    EXPECT_EQ(inside.before_first_kept().value(), 0U);
    for (std::uint64_t n = 1; n <= 90; n += 3) ASSERT_TRUE(append_group(journal, n, n + 2));
    (void)read_some(inside, 0, 90, 0, last);  // stands in the first segment
    ASSERT_TRUE(journal.trim(60));
    for (std::uint64_t n = 91; n <= 150; n += 3)  // the files of trimmed segments are used again
        ASSERT_TRUE(append_group(journal, n, n + 2));
    const std::uint64_t kept = inside.before_first_kept().value();
    EXPECT_GT(kept, 0U);
    EXPECT_LE(kept, 60U);
    const auto nothing = [](std::uint64_t, std::string_view) { return Result<void>(); };
    const auto gone = inside.read(last, 150, UINT64_MAX, nothing);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Code::not_found);
    JournalReader fresh(fs, kDir);
    EXPECT_EQ(fresh.read(kept - 1, 150, UINT64_MAX, nothing).error().code, Code::not_found);
    EXPECT_EQ(read_some(fresh, kept, 150, UINT64_MAX, last), expected(kept + 1, 150));
}

TEST(JournalReader, GoesOnBehindSequencesThatWereLeftOut) {
    const auto fs = std::make_shared<MemoryFileSystem>();
    {
        auto opened = open_journal(small_options(fs));
        ASSERT_TRUE(opened);
        ASSERT_TRUE(append_group(*opened->journal, 1, 10));
    }
    auto opened = open_journal(small_options(fs), 50);  // the tables say that they know 50
    ASSERT_TRUE(opened);
    ASSERT_TRUE(append_group(*opened->journal, 51, 60));
    JournalReader reader(fs, kDir);
    Entries all = expected(1, 10);
    all.merge(expected(51, 60));
    std::uint64_t last = 0;
    EXPECT_EQ(read_some(reader, 0, 60, UINT64_MAX, last), all);
    EXPECT_EQ(read_some(reader, 10, 60, UINT64_MAX, last), expected(51, 60));
    EXPECT_EQ(read_some(reader, 50, 60, UINT64_MAX, last), expected(51, 60));
}

TEST(JournalReader, DamageIsAnErrorAndNeverOtherEntries) {
    const auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs));
    ASSERT_TRUE(opened);
    for (std::uint64_t n = 1; n <= 30; n += 3)
        ASSERT_TRUE(append_group(*opened->journal, n, n + 2));
    std::size_t noticed = 0;
    for (std::uint64_t id = 1; id <= 2; ++id) {
        const auto path = std::filesystem::path(kDir) / journal_format::segment_name(id);
        const std::string sound = fs->bytes(path);
        ASSERT_FALSE(sound.empty());
        for (std::size_t at = 0; at < sound.size(); ++at) {
            std::string bytes = sound;
            bytes[at] = static_cast<char>(bytes[at] ^ 0x04);
            fs->set_bytes(path, bytes);
            JournalReader reader(fs, kDir);
            Entries got;
            const auto done =
                reader.read(0, 30, UINT64_MAX, [&](std::uint64_t n, std::string_view text) {
                    got[n] = text;
                    return Result<void>();
                });
            for (const auto& [n, text] : got) ASSERT_EQ(text, payload(n)) << "byte " << at;
            if (done) {
                EXPECT_EQ(got, expected(1, 30)) << "byte " << at;
            } else {
                EXPECT_EQ(done.error().code, Code::corrupt);
                ++noticed;
            }
        }
        fs->set_bytes(path, sound);
    }
    EXPECT_GT(noticed, 100U);
}

TEST(JournalReader, ReadsWhileAnotherThreadWritesAndTrims) {
    const auto fs = std::make_shared<MemoryFileSystem>();
    auto opened = open_journal(small_options(fs));
    ASSERT_TRUE(opened);
    Journal& journal = *opened->journal;
    constexpr std::uint64_t kLast = 3'000;
    std::thread writer([&] {
        for (std::uint64_t n = 1; n <= kLast; n += 5) ASSERT_TRUE(append_group(journal, n, n + 4));
    });
    JournalReader reader(fs, kDir);
    std::uint64_t seen = 0;
    while (seen < kLast) {
        const std::uint64_t before = seen;
        const Entries some = read_some(reader, seen, journal.last_durable(), 500, seen);
        ASSERT_FALSE(::testing::Test::HasFailure());
        ASSERT_EQ(some, expected(before + 1, seen));
        ASSERT_TRUE(journal.trim(seen));
    }
    writer.join();
}

}  // namespace
}  // namespace fleet::engine::testing
