// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/file_memory.hpp"
#include "engine/journal.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>

/// What the tests of the journal share.
namespace fleet::engine::testing {

inline constexpr const char* kDir = "/data/journal";

/// Sequence → payload.
using Entries = std::map<std::uint64_t, std::string>;

/// Payload number `n`: told apart from any other, of a length between 0 and 39.
inline std::string payload(std::uint64_t n) {
    if (n % 11 == 0) return {};
    std::string text = std::to_string(n) + ":";
    text.append(n * 7 % 30, static_cast<char>('a' + n % 26));
    return text;
}

inline JournalOptions small_options(std::shared_ptr<FileSystem> fs) {
    JournalOptions options;
    options.dir = kDir;
    options.fs = std::move(fs);
    options.segment_bytes = 400;
    options.fill_bytes = 96;
    return options;
}

/// A journal and what its recovery replayed.
struct Opened {
    std::unique_ptr<Journal> journal;
    Entries entries;
};

inline Result<Opened> open_journal(JournalOptions options, std::uint64_t replay_after = 0) {
    Opened opened;
    std::uint64_t last = replay_after;
    FLEET_TRY(opened.journal,
              Journal::open(std::move(options), replay_after,
                            [&](std::uint64_t sequence, std::string_view bytes) -> Result<void> {
                                EXPECT_GT(sequence, last) << "replayed out of order";
                                last = sequence;
                                opened.entries[sequence] = bytes;
                                return {};
                            }));
    return opened;
}

inline Result<std::uint64_t> append_and_wait(Journal& journal, std::string bytes) {
    std::promise<Result<std::uint64_t>> promise;
    FLEET_TRY_VOID(journal.append(std::move(bytes), [&](Result<std::uint64_t> result) {
        promise.set_value(std::move(result));
    }));
    return promise.get_future().get();
}

/// Appends payload(first) … payload(last) as one group; the result is that of the last entry.
inline Result<std::uint64_t> append_group(Journal& journal, std::uint64_t first,
                                          std::uint64_t last) {
    std::promise<Result<std::uint64_t>> promise;
    std::vector<JournalEntry> entries;
    for (std::uint64_t n = first; n <= last; ++n) entries.push_back({payload(n), nullptr, nullptr});
    entries.back().done = [&](Result<std::uint64_t> result) {
        promise.set_value(std::move(result));
    };
    FLEET_TRY_VOID(journal.append(entries));
    return promise.get_future().get();
}

}  // namespace fleet::engine::testing
