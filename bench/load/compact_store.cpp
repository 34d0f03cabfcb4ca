// SPDX-License-Identifier: Apache-2.0
// compact_store DIR: opens a data directory, writes a checkpoint, compacts the tables, closes, and
// prints one line of JSON: bytes of the files of the tables, of the journal and of everything else,
// as the file system has them afterwards.
#include "engine/engine.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace {

using fleet::Result;

struct Sizes {
    std::uint64_t tables = 0;
    std::uint64_t journal = 0;
    std::uint64_t other = 0;
};

Sizes sizes_of(const std::filesystem::path& dir) {
    Sizes sizes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
        if (!entry.is_regular_file()) continue;
        const std::filesystem::path inside = entry.path().lexically_relative(dir);
        const std::string top = inside.begin()->string();
        (top == "tables"    ? sizes.tables
         : top == "journal" ? sizes.journal
                            : sizes.other) += entry.file_size();
    }
    return sizes;
}

Result<void> compact(const std::filesystem::path& dir) {
    fleet::engine::EngineOptions options;
    options.dir = dir;
    FLEET_TRY(const auto engine,
              fleet::engine::Engine::open(options, std::make_shared<fleet::SystemClock>()));
    FLEET_TRY_VOID(engine->compact());
    const auto stats = engine->stats();
    FLEET_TRY_VOID(engine->stop());
    const Sizes sizes = sizes_of(dir);
    fmt::print(
        "{{\"stored\":{},\"devices\":{},\"table_bytes\":{},\"journal_bytes\":{},\"other_bytes\":{}}"
        "}\n",
        stats.accounting.stored, stats.devices, sizes.tables, sizes.journal, sizes.other);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: compact_store DATA-DIRECTORY\n");
        return 2;
    }
    try {
        if (const auto done = compact(argv[1]); !done) {
            fmt::print(stderr, "compact_store: {}\n", done.error().message);
            return 1;
        }
    } catch (const std::filesystem::filesystem_error& error) {
        fmt::print(stderr, "compact_store: {}\n", error.what());
        return 1;
    }
    return 0;
}
