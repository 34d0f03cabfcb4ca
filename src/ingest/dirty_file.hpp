// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "model/reason.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace fleet::ingest {

struct DirtyFileOptions {
    Timestamp now;  ///< when the file is loaded, or a little before; a month after 1970 or later
    std::uint64_t seed = 1;
    std::uint32_t devices = 10;  ///< 1–1,000
    std::uint32_t rows = 5'000;  ///< distinct good rows, 1–10,000,000; a third comes on top
    int retention_days =
        30;  ///< of the load, 21 or more; 0 (it keeps all history) plants no row that is too old
    bool unknown_devices = false;  ///< plant rows of devices that are not in DirtyFile::devices,
                                   ///< for a load that registers none
    bool crlf = false;             ///< lines end with CR LF
};

/// What loading the file once, in its order, into an empty store must count (design.md §8, `fleet
/// load --json`). It is kept while the rows are written, from what each was made to be; no decoder
/// takes part.
struct DirtyTruth {
    std::uint64_t read = 0;
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t late = 0;
    std::uint64_t rejected = 0;
    std::array<std::uint64_t, model::kReasonCount> rejected_by_reason{};
    std::uint64_t devices = 0;  ///< with at least one stored row

    bool operator==(const DirtyTruth&) const = default;
};
/// The counts as the object that `fleet load --json` ends with, without seconds and rate.
[[nodiscard]] std::string to_json(const DirtyTruth& truth);

struct DirtyFile {
    std::string csv;
    DirtyTruth truth;
    std::vector<std::string> devices;  ///< of the good rows
};

/// A CSV file of made-up vehicles with all columns, in which every reason code that a CSV row can
/// earn is planted several times, and duplicates (exact, written otherwise, with more or fewer
/// values), conflicts and late rows. Deterministic. Planted are all reasons but bad_checksum, which
/// no CSV row can have, and what the options leave out.
[[nodiscard]] DirtyFile make_dirty_file(const DirtyFileOptions& options);

}  // namespace fleet::ingest
