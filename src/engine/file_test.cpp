// SPDX-License-Identifier: Apache-2.0
#include "engine/file.hpp"

#include "engine/file_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace fleet::engine {
namespace {

using std::filesystem::path;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The contract that both file systems keep.
class FileSystemContract : public ::testing::TestWithParam<bool> {
  protected:
    void SetUp() override {
        if (GetParam()) {
            std::string name =
                (std::filesystem::temp_directory_path() / "fleet_file_XXXXXX").string();
            ASSERT_NE(::mkdtemp(name.data()), nullptr);
            root_ = name;
            fs_ = posix_file_system();
        } else {
            root_ = "/root";
            fs_ = std::make_shared<MemoryFileSystem>();
        }
    }
    void TearDown() override {
        if (GetParam()) std::filesystem::remove_all(root_);
    }
    void write(File& file, std::uint64_t offset, std::vector<std::string_view> parts) {
        ASSERT_TRUE(file.write_at(offset, parts));
    }
    static std::string read(const File& file, std::uint64_t offset, std::size_t size) {
        std::string bytes(size, '?');
        bytes.resize(file.read_at(offset, bytes).value());
        return bytes;
    }

    path root_;
    std::shared_ptr<FileSystem> fs_;
};

TEST_P(FileSystemContract, WritesPartsInPlaceAndReadsThemBack) {
    auto file = fs_->open(root_ / "a", OpenMode::create).value();
    write(*file, 0, {"hello", "", " ", "world"});
    write(*file, 6, {"W"});
    EXPECT_EQ(read(*file, 0, 100), "hello World");
    EXPECT_EQ(read(*file, 9, 1), "l");
    EXPECT_EQ(read(*file, 50, 1), "");
    EXPECT_EQ(file->size().value(), 11U);
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->truncate(5));
    write(*file, 7, {"!"});
    EXPECT_EQ(read(*fs_->open(root_ / "a", OpenMode::read).value(), 0, 100),
              std::string("hello\0\0!", 8));
}

TEST_P(FileSystemContract, WritesMorePartsThanOneSystemCallTakes) {
    auto file = fs_->open(root_ / "a", OpenMode::create).value();
    std::vector<std::string> pieces;
    std::string expected;
    for (int i = 0; i < 2'500; ++i)
        pieces.push_back(std::to_string(i) + (i % 3 == 0 ? "" : std::string(50, 'x')));
    std::vector<std::string_view> parts;
    for (const std::string& piece : pieces) {
        parts.emplace_back(piece);
        expected += piece;
    }
    write(*file, 3, parts);
    EXPECT_EQ(read(*file, 3, expected.size() + 1), expected);
}

TEST_P(FileSystemContract, MissingFilesAreNotFound) {
    EXPECT_EQ(fs_->open(root_ / "no", OpenMode::read).error().code, Code::not_found);
    EXPECT_EQ(fs_->open(root_ / "no", OpenMode::write).error().code, Code::not_found);
    EXPECT_EQ(fs_->rename(root_ / "no", root_ / "b").error().code, Code::not_found);
    const auto removed = fs_->remove(root_ / "no");
    ASSERT_FALSE(removed);
    EXPECT_THAT(removed.error().message, HasSubstr("no"));
}

TEST_P(FileSystemContract, RenamesRemovesAndLists) {
    ASSERT_TRUE(fs_->create_directories(root_ / "x" / "y"));
    ASSERT_TRUE(fs_->create_directories(root_ / "x" / "y"));
    const path dir = root_ / "x" / "y";
    write(*fs_->open(dir / "b", OpenMode::create).value(), 0, {"b"});
    write(*fs_->open(dir / "a", OpenMode::create).value(), 0, {"a"});
    write(*fs_->open(dir / "c", OpenMode::create).value(), 0, {"c"});
    ASSERT_TRUE(fs_->rename(dir / "c", dir / "a"));
    EXPECT_THAT(fs_->list(dir).value(), ElementsAre("a", "b"));
    EXPECT_EQ(read(*fs_->open(dir / "a", OpenMode::read).value(), 0, 9), "c");
    ASSERT_TRUE(fs_->remove(dir / "b"));
    ASSERT_TRUE(fs_->sync_directory(dir));
    EXPECT_THAT(fs_->list(dir).value(), ElementsAre("a"));
    EXPECT_GT(fs_->free_bytes(dir).value(), 0U);
}

TEST_P(FileSystemContract, OneHolderOfADirectoryAtATime) {
    auto lock = fs_->lock(root_);
    ASSERT_TRUE(lock);
    const auto second = fs_->lock(root_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::busy);
    EXPECT_THAT(second.error().message, HasSubstr(root_.string()));
    lock->reset();
    EXPECT_TRUE(fs_->lock(root_));
}

INSTANTIATE_TEST_SUITE_P(Both, FileSystemContract, ::testing::Values(true, false),
                         [](const auto& which) { return which.param ? "Posix" : "Memory"; });

TEST(MemoryFileSystem, LosesWhatWasNotSynced) {
    MemoryFileSystem fs;
    const std::array<std::string_view, 1> kept{"kept"};
    const std::array<std::string_view, 1> lost{"LOST and more"};
    auto file = fs.open("/d/a", OpenMode::create).value();
    ASSERT_TRUE(file->write_at(0, kept));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(fs.sync_directory("/d"));
    ASSERT_TRUE(file->write_at(0, lost));
    auto other = fs.open("/d/b", OpenMode::create).value();
    ASSERT_TRUE(other->sync());
    bool none = false;
    bool all = false;
    bool torn = false;
    bool name_lost = false;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        auto image = fs.after_power_loss(seed);
        const std::string bytes = image->bytes("/d/a");
        none = none || bytes == "kept";
        all = all || bytes == lost[0];
        torn = torn || (bytes != "kept" && bytes != lost[0]);
        name_lost = name_lost || image->list("/d").value().size() == 1;
    }
    EXPECT_TRUE(none && all && torn && name_lost);
    EXPECT_EQ(fs.after_kill()->bytes("/d/a"), lost[0]);
}

TEST(MemoryFileSystem, FailedSyncTurnsChangesCleanWithoutWritingThem) {
    MemoryFileSystem fs;
    const std::array<std::string_view, 1> parts{"data"};
    auto file = fs.open("/d/a", OpenMode::create).value();
    ASSERT_TRUE(fs.sync_directory("/d"));
    ASSERT_TRUE(file->write_at(0, parts));
    fs.fail(MemoryFileSystem::Operation::sync, 1, Code::io);
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(fs.bytes("/d/a"), "data");
    EXPECT_EQ(fs.after_power_loss(1)->bytes("/d/a"), "");
}

}  // namespace
}  // namespace fleet::engine
