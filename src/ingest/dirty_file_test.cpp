// SPDX-License-Identifier: Apache-2.0
#include "ingest/dirty_file.hpp"

#include "codec/csv.hpp"
#include "model/merge.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace fleet::ingest {
namespace {

constexpr Timestamp kNow{20'700 * kMsPerDay};

/// The simplest store: what a load of the file counts.
DirtyTruth load(const DirtyFile& file, const DirtyFileOptions& options) {
    codec::DecodeOptions decode;
    decode.window.now = options.now;
    if (options.retention_days != 0)
        decode.window.earliest = {options.now.ms - options.retention_days * kMsPerDay};
    const auto header = codec::read_csv_header(file.csv, true, decode);
    EXPECT_TRUE(header && *header) << (header ? "" : header.error().message);
    model::RecordBatch batch;
    (void)codec::decode_csv_rows((*header)->schema,
                                 std::string_view(file.csv).substr((*header)->bytes), {0, 1},
                                 decode.window, batch);

    DirtyTruth t;
    t.read = batch.rows();
    for (const model::Reject& r : batch.rejects)
        ++t.rejected_by_reason[static_cast<std::size_t>(r.reason)];
    t.rejected = batch.rejects.size();
    const std::set<std::string> known(file.devices.begin(), file.devices.end());
    std::map<std::pair<std::string, std::int64_t>, model::Rows> stored;
    std::map<std::string, std::int64_t> newest;
    for (const model::Record& r : batch.records) {
        const std::string device(r.device);
        if (options.unknown_devices && !known.contains(device)) {
            ++t.rejected;
            ++t.rejected_by_reason[static_cast<std::size_t>(model::Reason::unknown_device)];
            continue;
        }
        const auto [newest_at, first] = newest.try_emplace(device, r.ts.ms);
        if (r.ts.ms < newest_at->second) ++t.late;
        newest_at->second = std::max(newest_at->second, r.ts.ms);
        model::Rows& row = stored[{device, r.ts.ms}];
        if (row.empty()) {
            ++t.stored;
            append(row, r);
            continue;
        }
        model::Rows incoming;
        append(incoming, r);
        bool changed = false;
        const auto outcome =
            model::merge(row.samples[0], row.texts, incoming.samples[0], incoming.texts, changed);
        ++(outcome == model::MergeOutcome::conflict ? t.conflicts : t.duplicates);
    }
    t.devices = newest.size();
    return t;
}

TEST(DirtyFile, LoadsToExactlyItsTruth) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        DirtyFileOptions o{.now = kNow,
                           .seed = seed,
                           .devices = static_cast<std::uint32_t>(1 + 3 * seed),
                           .rows = 3'000};
        o.crlf = seed % 2 == 0;
        o.unknown_devices = seed % 3 == 0;
        if (seed == 4) o.retention_days = 0;
        const DirtyFile file = make_dirty_file(o);
        EXPECT_EQ(to_json(load(file, o)), to_json(file.truth)) << "seed " << seed;
    }
}

TEST(DirtyFile, PlantsEveryReasonThatACsvRowCanEarn) {
    const DirtyFile file = make_dirty_file({.now = kNow, .unknown_devices = true});
    for (std::size_t i = 0; i < model::kReasonCount; ++i) {
        const auto reason = static_cast<model::Reason>(i);
        EXPECT_EQ(file.truth.rejected_by_reason[i] == 0, reason == model::Reason::bad_checksum)
            << model::to_string(reason);
    }
    const DirtyTruth& t = file.truth;
    EXPECT_EQ(t.read, t.stored + t.duplicates + t.conflicts + t.rejected);
    EXPECT_EQ(t.stored, 5'000U);
    EXPECT_GT(t.duplicates, 300U);
    EXPECT_GT(t.conflicts, 150U);
    EXPECT_GT(t.late, 300U);
    EXPECT_EQ(t.devices, 10U);
}

TEST(DirtyFile, IsTheSameForTheSameSeed) {
    const DirtyFileOptions o{.now = kNow, .seed = 5, .rows = 500};
    DirtyFileOptions other = o;
    other.seed = 6;
    EXPECT_EQ(make_dirty_file(o).csv, make_dirty_file(o).csv);
    EXPECT_NE(make_dirty_file(o).csv, make_dirty_file(other).csv);
}

TEST(DirtyFile, WritesItsTruthAsLoadDoes) {
    DirtyTruth t{.read = 9,
                 .stored = 4,
                 .duplicates = 1,
                 .conflicts = 1,
                 .late = 2,
                 .rejected = 3,
                 .devices = 2};
    t.rejected_by_reason[static_cast<std::size_t>(model::Reason::bad_speed)] = 2;
    t.rejected_by_reason[static_cast<std::size_t>(model::Reason::bad_syntax)] = 1;
    EXPECT_EQ(
        to_json(t),
        R"({"read":9,"stored":4,"duplicates":1,"conflicts":1,"late":2,"rejected":3,"rejected_by_reason":{"bad_syntax":1,"bad_speed":2},"devices":2})");
}

}  // namespace
}  // namespace fleet::ingest
