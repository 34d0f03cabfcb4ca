// SPDX-License-Identifier: Apache-2.0
#include "engine/journal.hpp"
#include "engine/journal_format.hpp"
#include "engine/journal_testing.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <random>

namespace fleet::engine {
namespace {

using namespace fleet::engine::testing;
using ::testing::HasSubstr;

constexpr std::uint64_t kPowerCuts = 12;

std::string path_of(std::uint64_t segment) {
    return std::string(kDir) + "/" + journal_format::segment_name(segment);
}
std::string fence_path() { return std::string(kDir) + "/fence"; }

/// What a client and the tables know at the moment of a crash.
struct Known {
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t checkpoint = 0;  ///< trimmed through here, so replay starts after it
};

/// Appends, in groups of one to three, and trims now and then, until everything is done or the disk
/// is dead.
Known run_until_death(JournalOptions options) {
    Known known;
    auto opened = open_journal(std::move(options));
    if (!opened) return known;
    for (int round = 0; round < 14; ++round) {
        const std::uint64_t first = known.acknowledged + 1;
        const std::uint64_t last = first + static_cast<std::uint64_t>(round) % 3;
        known.sent = last;
        const auto result = append_group(*opened->journal, first, last);
        if (!result) return known;
        EXPECT_EQ(result.value(), last);
        known.acknowledged = last;
        if (round % 5 == 4) {
            known.checkpoint = known.acknowledged - 1;
            if (!opened->journal->trim(known.checkpoint)) return known;
        }
    }
    static_cast<void>(opened->journal->stop());  // dies too when the crash is that late
    return known;
}

/// Everything acknowledged is there, nothing is there that was not sent, and the journal goes on
/// working.
void expect_recovers(const std::shared_ptr<MemoryFileSystem>& image, const Known& known,
                     bool sync) {
    auto opened = open_journal(small_options(image), known.checkpoint);
    ASSERT_TRUE(opened) << opened.error().message;
    const std::uint64_t last =
        opened->entries.empty() ? known.checkpoint : opened->entries.rbegin()->first;
    if (sync) {
        EXPECT_GE(last, known.acknowledged);
    }
    EXPECT_LE(last, std::max(known.sent, known.checkpoint));
    EXPECT_EQ(opened->entries.size(), last - known.checkpoint) << "a hole";
    for (const auto& [sequence, bytes] : opened->entries) EXPECT_EQ(bytes, payload(sequence));

    Entries expected = opened->entries;
    expected[last + 1] = "after the crash";
    ASSERT_EQ(append_and_wait(*opened->journal, "after the crash").value(), last + 1);
    auto again = open_journal(small_options(image->after_kill()), known.checkpoint);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->entries, expected);
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        auto cut = open_journal(small_options(image->after_power_loss(seed)), known.checkpoint);
        ASSERT_TRUE(cut) << cut.error().message;
        EXPECT_EQ(cut->entries, expected);
    }
}

void crash_at_every_operation(JournalDurability durability) {
    std::uint64_t operations = 0;
    {
        auto fs = std::make_shared<MemoryFileSystem>();
        JournalOptions options = small_options(fs);
        options.durability = durability;
        ASSERT_EQ(run_until_death(options).acknowledged, 27U);
        operations = fs->operations();
    }
    ASSERT_GT(operations, 40U);
    for (std::uint64_t at = 1; at <= operations + 1; ++at) {
        auto fs = std::make_shared<MemoryFileSystem>();
        fs->die_at(at);
        JournalOptions options = small_options(fs);
        options.durability = durability;
        const Known known = run_until_death(options);
        SCOPED_TRACE(::testing::Message()
                     << "dead at operation " << at << ", acknowledged " << known.acknowledged);
        expect_recovers(fs->after_kill(), known, true);
        for (std::uint64_t seed = 0; seed < kPowerCuts; ++seed) {
            SCOPED_TRACE(::testing::Message() << "power cut, seed " << seed);
            expect_recovers(fs->after_power_loss(seed * 1'000 + at), known,
                            durability == JournalDurability::sync);
        }
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(JournalCrash, AtEveryOperationLosesNothingAcknowledged) {
    crash_at_every_operation(JournalDurability::sync);
}

TEST(JournalCrash, WithProcessDurabilityAtEveryOperationLosesNothingToAKill) {
    crash_at_every_operation(JournalDurability::process);
}

/// Three acknowledged entries and a fourth that was written and never synced.
struct TornTail {
    TornTail() {
        auto opened = open_journal(options()).value();
        EXPECT_TRUE(append_group(*opened.journal, 1, 3));
        fs->fail(MemoryFileSystem::Operation::sync, 1, Code::io);
        EXPECT_FALSE(append_and_wait(*opened.journal, payload(4)));
        bytes = fs->bytes(path_of(1));
        end = bytes.size();
        start = end - journal_format::entry_bytes(payload(4).size());
    }
    [[nodiscard]] JournalOptions options() const {
        JournalOptions o = small_options(fs);
        o.segment_bytes = 4'000;
        o.fill_bytes = 0;
        return o;
    }
    /// Opens with these bytes as the newest segment; then appends and opens again.
    void expect_opens(std::string image, bool fourth) const {
        auto copy = fs->after_kill();
        copy->set_bytes(path_of(1), std::move(image));
        JournalOptions o = options();
        o.fs = copy;
        Entries expected{{1, payload(1)}, {2, payload(2)}, {3, payload(3)}};
        if (fourth) expected[4] = payload(4);
        {
            auto opened = open_journal(o);
            ASSERT_TRUE(opened) << opened.error().message;
            EXPECT_EQ(opened->entries, expected);
            expected[expected.size() + 1] = "next";
            ASSERT_TRUE(append_and_wait(*opened->journal, "next"));
        }
        EXPECT_EQ(open_journal(o).value().entries, expected);
    }

    std::shared_ptr<MemoryFileSystem> fs = std::make_shared<MemoryFileSystem>();
    std::string bytes;
    std::size_t start = 0;
    std::size_t end = 0;
};

TEST(JournalCrash, TailTornAtAnyByteIsCut) {
    const TornTail torn;
    for (std::size_t at = torn.start; at <= torn.end; ++at) {
        SCOPED_TRACE(at);
        torn.expect_opens(torn.bytes.substr(0, at), at == torn.end);
    }
}

TEST(JournalCrash, GarbageBehindTheLastEntryIsCut) {
    const TornTail torn;
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        SCOPED_TRACE(round);
        std::string garbage(1 + random() % 300, '\0');
        for (char& c : garbage) c = static_cast<char>(random());
        torn.expect_opens(torn.bytes + garbage, true);
        torn.expect_opens(torn.bytes.substr(0, torn.start) + garbage, false);
    }
}

TEST(JournalCrash, EntryBehindATornOneDoesNotComeBackWhenTheTornOneIsSentAgain) {
    auto fs = std::make_shared<MemoryFileSystem>();
    JournalOptions options = small_options(fs);
    options.segment_bytes = 4'000;
    options.fill_bytes = 0;
    {
        auto opened = open_journal(options).value();
        ASSERT_TRUE(append_group(*opened.journal, 1, 3));
        fs->fail(MemoryFileSystem::Operation::sync, 1, Code::io);
        ASSERT_FALSE(append_group(*opened.journal, 4, 5));
    }
    std::string bytes = fs->bytes(path_of(1));
    bytes[bytes.size() - journal_format::entry_bytes(payload(5).size()) - 8] ^= 1;  // in entry 4
    fs->set_bytes(path_of(1), bytes);
    {
        auto opened = open_journal(options).value();
        ASSERT_EQ(opened.entries.size(), 3U);
        ASSERT_EQ(append_and_wait(*opened.journal, payload(4)).value(), 4U);  // the very same bytes
    }
    EXPECT_EQ(open_journal(options).value().entries.size(), 4U);
}

TEST(JournalCrash, CutIntoTheAcknowledgedPartIsReported) {
    const TornTail torn;
    for (std::size_t at = 0; at < torn.start; ++at) {
        auto copy = torn.fs->after_kill();
        copy->set_bytes(path_of(1), torn.bytes.substr(0, at));
        JournalOptions options = torn.options();
        options.fs = copy;
        const auto opened = open_journal(options);
        ASSERT_FALSE(opened) << "cut at " << at;
        EXPECT_EQ(opened.error().code, Code::corrupt);
        EXPECT_THAT(opened.error().message, HasSubstr(path_of(1)));
        EXPECT_EQ(copy->bytes(path_of(1)), torn.bytes.substr(0, at)) << "the files must be kept";
    }
}

/// Some segments of acknowledged entries, as a killed process leaves them.
struct Small {
    explicit Small(bool recycled = false) {
        auto opened = open_journal(small_options(fs)).value();
        std::uint64_t n = 0;
        if (recycled) {
            for (; n < 24; n += 2) EXPECT_TRUE(append_group(*opened.journal, n + 1, n + 2));
            EXPECT_TRUE(opened.journal->trim(n));
            checkpoint = n;
        }
        const std::uint64_t last = n + 18;
        for (; n < last; n += 2) EXPECT_TRUE(append_group(*opened.journal, n + 1, n + 2));
        fs = fs->after_kill();
        entries = open_journal(small_options(fs->after_kill()), checkpoint).value().entries;
        EXPECT_EQ(entries.size(), 18U);
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> paths;
        const auto names = fs->list(kDir).value();
        for (const std::string& name : names)
            if (!name.ends_with(".spare")) paths.push_back(std::string(kDir) + "/" + name);
        return paths;
    }

    std::shared_ptr<MemoryFileSystem> fs = std::make_shared<MemoryFileSystem>();
    std::uint64_t checkpoint = 0;
    Entries entries;
};

void flip_every_byte(const Small& journal) {
    int refused = 0;
    int harmless = 0;
    for (const std::string& file : journal.files()) {
        const std::string bytes = journal.fs->bytes(file);
        for (std::size_t at = 0; at < bytes.size(); ++at)
            for (const unsigned mask : {0x01U, 0x80U, 0xFFU}) {
                auto copy = journal.fs->after_kill();
                std::string damaged = bytes;
                damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ mask);
                copy->set_bytes(file, damaged);
                const auto opened = open_journal(small_options(copy), journal.checkpoint);
                if (opened) {
                    ++harmless;
                    ASSERT_EQ(opened->entries, journal.entries) << file << " at " << at;
                } else {
                    ++refused;
                    ASSERT_TRUE(opened.error().code == Code::corrupt ||
                                opened.error().code == Code::unsupported)
                        << opened.error().message;
                    ASSERT_EQ(copy->bytes(file), damaged) << "the files must be kept";
                }
            }
    }
    EXPECT_GT(refused, 1'000);
    EXPECT_GT(harmless, 1'000);  // zeros ahead, padding, spare slots of the fence
}

TEST(JournalDamage, FlippedByteAnywhereIsRefusedOrHarmless) { flip_every_byte(Small()); }
TEST(JournalDamage, FlippedByteAnywhereInReusedSegmentsIsRefusedOrHarmless) {
    flip_every_byte(Small(true));
}

TEST(JournalDamage, SaysFileOffsetAndHowManyEntriesAreConcerned) {
    const Small journal;
    auto copy = journal.fs->after_kill();
    const std::string file = journal.files().front();  // the oldest segment
    std::string bytes = copy->bytes(file);
    bytes[journal_format::kSegmentHeaderBytes + journal_format::kEntryHeaderBytes] ^=
        1;  // payload of entry 1
    copy->set_bytes(file, bytes);
    const auto opened = open_journal(small_options(copy));
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr(file + ": damaged at byte 64: "));
    EXPECT_THAT(opened.error().message, HasSubstr("(1 to "));
    EXPECT_THAT(opened.error().message, HasSubstr("left as they are"));
}

TEST(JournalDamage, IsFoundWithAnOldFenceBecauseLaterEntriesKnowBetter) {
    auto fs = std::make_shared<MemoryFileSystem>();
    JournalOptions options = small_options(fs);
    options.segment_bytes = 4'000;
    std::string old_fence;
    {
        auto opened = open_journal(options).value();
        old_fence = fs->bytes(fence_path());
        for (std::uint64_t n = 1; n <= 4; ++n)
            ASSERT_TRUE(append_and_wait(*opened.journal, payload(n)));
    }
    const std::string bytes = fs->bytes(path_of(1));
    std::size_t third = journal_format::kSegmentHeaderBytes;
    for (std::uint64_t n = 1; n <= 2; ++n) third += journal_format::entry_bytes(payload(n).size());
    const std::size_t fourth = third + journal_format::entry_bytes(payload(3).size());
    for (std::size_t at = journal_format::kSegmentHeaderBytes; at < fourth; ++at) {
        auto copy = fs->after_kill();
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(~damaged[at]);
        copy->set_bytes(path_of(1), damaged);
        copy->set_bytes(fence_path(), old_fence);  // as a power cut may leave it
        options.fs = copy;
        const auto opened = open_journal(options);
        if (opened) {
            EXPECT_EQ(opened->entries.size(), 4U) << "lost in silence, byte " << at;
        } else {
            EXPECT_EQ(opened.error().code, Code::corrupt);
        }
    }
}

TEST(JournalDamage, MissingSegmentIsRefusedUnlessItIsCovered) {
    const Small journal;
    const auto files = journal.files();
    ASSERT_GE(files.size(), 4U);  // at least three segments and the fence
    for (std::size_t i = 0; i + 1 < files.size(); ++i) {
        auto copy = journal.fs->after_kill();
        ASSERT_TRUE(copy->remove(files[i]));
        const auto opened = open_journal(small_options(copy));
        ASSERT_FALSE(opened) << files[i];
        EXPECT_EQ(opened.error().code, Code::corrupt);
    }
    auto copy = journal.fs->after_kill();
    ASSERT_TRUE(copy->remove(files[0]));
    const auto opened = open_journal(small_options(copy), 16);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->entries.size(), 2U);
}

TEST(JournalDamage, SegmentUnderAnotherNameIsRefused) {
    const Small journal;
    auto copy = journal.fs->after_kill();
    copy->set_bytes(path_of(2), copy->bytes(path_of(1)));
    EXPECT_EQ(open_journal(small_options(copy)).error().code, Code::corrupt);
}

TEST(JournalDamage, SegmentOfAnotherJournalIsRefused) {
    // The same entries in the same places, but written behind another first entry.
    const auto make = [](const std::string& first) {
        auto fs = std::make_shared<MemoryFileSystem>();
        auto opened = open_journal(small_options(fs)).value();
        EXPECT_TRUE(append_and_wait(*opened.journal, first));
        for (std::uint64_t n = 2; n <= 20; ++n)
            EXPECT_TRUE(append_and_wait(*opened.journal, payload(n)));
        EXPECT_TRUE(opened.journal->stop());
        return fs;
    };
    const auto a = make("aaaa");
    const auto b = make("bbbb");
    ASSERT_EQ(a->bytes(path_of(2)).size(), b->bytes(path_of(2)).size());
    a->set_bytes(path_of(2), b->bytes(path_of(2)));
    const auto opened = open_journal(small_options(a));
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("does not continue"));
}

TEST(JournalDamage, MissingFenceIsRefused) {
    const Small journal;
    ASSERT_TRUE(journal.fs->remove(fence_path()));
    EXPECT_EQ(open_journal(small_options(journal.fs)).error().code, Code::corrupt);
    EXPECT_EQ(open_journal(small_options(std::make_shared<MemoryFileSystem>()), 5).error().code,
              Code::corrupt)
        << "tables that were fed by a journal, and no journal";
}

TEST(JournalDamage, NewerVersionIsNotTouched) {
    for (const std::string& file : {fence_path(), path_of(1)}) {
        const Small journal;
        std::string bytes = journal.fs->bytes(file);
        for (std::size_t slot = 0; slot < bytes.size(); slot += journal_format::kFenceStride) {
            bytes[slot + 8] = 2;  // version
            if (file != fence_path()) break;
        }
        journal.fs->set_bytes(file, bytes);
        const auto opened = open_journal(small_options(journal.fs));
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, Code::unsupported);
        EXPECT_THAT(opened.error().message, HasSubstr("newer version"));
        EXPECT_EQ(journal.fs->bytes(file), bytes);
    }
}

}  // namespace
}  // namespace fleet::engine
