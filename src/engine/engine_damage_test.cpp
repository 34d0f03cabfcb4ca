// SPDX-License-Identifier: Apache-2.0
// Damage on the disk: it is noticed, its device-days are named, and the others stay readable.
#include "engine/engine_testing.hpp"
#include "engine/tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fleet::engine::test {
namespace {

namespace fs = std::filesystem;

using DeviceDays = std::set<std::string>;  // "device D day YYYY-MM-DD"

/// The rows of every device-day as text, or why they cannot be read.
std::map<std::string, std::string> rows_by_day(Engine& engine) {
    std::map<std::string, std::string> out;
    for (const auto& [fleet, retention] : engine.fleets()) {
        const auto members = engine.devices_of(*engine.fleet_number(fleet));
        for (const DeviceHandle device : *members) {
            for (const Day day : engine.days_of(device)) {
                std::string& text =
                    out[fmt::format("device {} day {}", engine.device(device).id, format_day(day))];
                const auto rows = engine.rows(device, day.begin(), day.end(), 1'000'000, false);
                if (!rows) text = "error: " + rows.error().message;
                if (!rows) continue;
                for (const model::Sample& row : rows->samples)
                    text += fmt::format("{} {}\n", row.ts_ms, fmt::join(row.values, " "));
            }
        }
    }
    return out;
}

DeviceDays named_in(const VerifyReport& report) {
    DeviceDays out;
    for (const std::string& difference : report.differences)
        out.insert(difference.substr(0, difference.find(": ")));
    return out;
}

TEST(EngineDamage, VerifyNamesTheDeviceDayOfADamagedChunkAndCannotRebuildIt) {
    const TemporaryDirectory dir;
    const auto records = random_records(4, 400);
    std::size_t device_days = 0;
    {
        const auto engine = open_engine(dir.path());
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, records.size())));
        device_days = rows_by_day(*engine).size();
    }
    ASSERT_GT(device_days, 3U);
    for (std::uint32_t device = 0; device < 2; ++device) {
        const TemporaryDirectory work;
        dir.copy_to(work.path());
        std::string id;
        Day day{};
        {
            const auto engine = open_engine(work.path());
            id = engine->device({device}).id;
            day = engine->days_of({device}).back();
        }
        {
            const auto tables = Tables::open(work.path() / "tables");
            ASSERT_TRUE(tables);
            std::vector<StoredChunk> chunks;
            DayKey key{};
            for (unsigned shard = 0; shard < 256 && chunks.empty(); ++shard) {
                key = {day, static_cast<std::uint8_t>(shard), device};
                chunks = (*tables)->chunks(key).value();
            }
            ASSERT_FALSE(chunks.empty());
            std::string bytes = chunks.front().bytes;
            bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
            Tables::WriteSet set;
            set.put_chunk(key, chunks.front().first_ms, bytes);
            ASSERT_TRUE((*tables)->write(set));
            ASSERT_TRUE((*tables)->flush());
        }
        const auto engine = open_engine(work.path());
        for (const bool rebuild : {false, true}) {
            const auto report = engine->verify(rebuild);
            ASSERT_TRUE(report) << report.error().message;
            EXPECT_EQ(named_in(*report),
                      DeviceDays{fmt::format("device {} day {}", id, format_day(day))});
            EXPECT_EQ(report->damaged, 1U);
            EXPECT_EQ(report->device_days, device_days);
        }
    }
}

TEST(EngineDamage, AFlippedByteOfATableFileNeverGivesAWrongRow) {
    const TemporaryDirectory dir;
    const auto records = random_records(4, 400);
    std::map<std::string, std::string> sound;
    {
        const auto engine = open_engine(dir.path());
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, records.size())));
        ASSERT_TRUE(engine->compact());
        sound = rows_by_day(*engine);
    }
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(dir.path() / "tables"))
        if (file.path().extension() == ".sst") files.push_back(file.path().filename());
    ASSERT_FALSE(files.empty());
    std::size_t named = 0;
    const TemporaryDirectory work;
    for (const fs::path& name : files) {
        for (const int part : {1, 4, 7}) {  // of nine: the blocks come first, then indexes
            dir.copy_to(work.path());
            const fs::path path = work.path() / "tables" / name;
            {
                std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
                const auto at = static_cast<std::streamoff>(fs::file_size(path) *
                                                            static_cast<std::uintmax_t>(part) / 9);
                bytes.seekg(at);
                const char old = static_cast<char>(bytes.get());
                bytes.seekp(at);
                bytes.put(static_cast<char>(old ^ 0x10));
            }
            EngineOptions options;
            options.dir = work.path();
            options.disk_reserve_bytes = 0;
            const auto engine = Engine::open(options, std::make_shared<SystemClock>());
            if (!engine) {
                EXPECT_EQ(engine.error().code, Code::corrupt) << engine.error().message;
                continue;
            }
            const auto report = (*engine)->verify(false);
            if (!report) {
                EXPECT_EQ(report.error().code, Code::corrupt) << report.error().message;
                continue;
            }
            const DeviceDays found = named_in(*report);
            EXPECT_EQ(report->difference_count > 0, !found.empty());
            for (const auto& [day, text] : rows_by_day(**engine)) {
                if (!found.contains(day)) {
                    EXPECT_EQ(text, sound[day]) << day;
                } else if (text.starts_with("error")) {
                    ++named;
                }
            }
        }
    }
    EXPECT_GT(named, 0U);  // some of the flips hit chunks
}

}  // namespace
}  // namespace fleet::engine::test
