// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "model/merge.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace fleet::engine::test {

/// A directory of its own under the system's temporary one, gone with the object.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// What kill -9 would leave: a copy of all files as the kernel shows them now.
    void copy_to(const std::filesystem::path& to) const;

  private:
    std::filesystem::path path_;
};

inline constexpr std::int64_t kStart = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

/// A record with text of its own.
struct TestRecord {
    std::string device;
    std::string fleet;
    std::string zone;
    std::vector<model::Attribute> attributes;  ///< names and texts are string literals
    model::Record record;
    [[nodiscard]] model::Record view() const;
};

/// Few devices, times and values, so that late rows, duplicates, extensions and conflicts are all
/// frequent.
[[nodiscard]] std::vector<TestRecord> random_records(std::uint64_t seed, std::size_t count);
[[nodiscard]] Batch batch_of(const std::vector<TestRecord>& records, std::size_t from,
                             std::size_t to);

/// An engine on `dir` that makes checkpoints only when told to.
[[nodiscard]] std::unique_ptr<Engine> open_engine(const std::filesystem::path& dir);

/// Everything that a reader can see, as text: devices, latest, rows, device-days, fleet-days; by
/// id, so that numbers do not matter.
[[nodiscard]] std::string tables_of(Engine& engine);
/// The same, computed naively from the records by merging them into maps.
[[nodiscard]] std::string expected_tables(const std::vector<TestRecord>& records,
                                          std::size_t count);

}  // namespace fleet::engine::test
