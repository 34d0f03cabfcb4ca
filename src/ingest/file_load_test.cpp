// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <tuple>

namespace fleet::ingest {
namespace {

/// A source in memory that gives at most `step` bytes at a time and may end with an error.
class MemorySource final : public FileSource {
  public:
    MemorySource(std::string bytes, std::size_t step, std::optional<Error> end = std::nullopt)
        : bytes_(std::move(bytes)), step_(step), end_(std::move(end)) {}
    Result<std::size_t> read(std::span<char> to) override {
        const std::size_t n = std::min({to.size(), step_, bytes_.size() - at_});
        if (n == 0 && end_) return fail(*end_);
        std::memcpy(to.data(), bytes_.data() + at_, n);
        at_ += n;
        return n;
    }
    void cancel() noexcept override {}
    [[nodiscard]] std::uint64_t position() const noexcept override { return 0; }
    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept override {
        return bytes_.size();
    }

  private:
    std::string bytes_;
    std::size_t step_;
    std::optional<Error> end_;
    std::size_t at_ = 0;
};

constexpr std::size_t kMaxLine = 100;
constexpr Timestamp kNow{1'800'000'000'000};

FileLoadOptions options_for(std::size_t block_bytes) {
    FileLoadOptions options;
    options.name = "test.csv";
    options.decode.max_line = kMaxLine;
    options.window = [] { return model::TimeWindow{kNow}; };
    options.block_bytes = block_bytes;
    return options;
}

FileLoadHooks no_hooks() {
    return {[] { return false; },
            [](std::uint64_t, std::optional<std::uint64_t>, std::uint64_t) {}};
}

/// Everything that a load hands over, as texts that can be compared.
struct Seen {
    std::vector<std::tuple<std::uint32_t, std::string, std::int64_t>> rows;
    std::vector<std::tuple<std::uint32_t, std::string, std::string>>
        rejects;  // index, reason, detail
    std::uint64_t count = 0;
    std::optional<Error> error;

    void take(const model::RecordBatch& batch) {
        for (std::size_t i = 0; i < batch.records.size(); ++i)
            rows.emplace_back(batch.indexes[i], std::string(batch.records[i].device),
                              batch.records[i].ts.ms);
        for (const model::Reject& r : batch.rejects)
            rejects.emplace_back(r.index, std::string(model::to_string(r.reason)), r.detail);
    }
    bool operator==(const Seen& other) const {
        return rows == other.rows && rejects == other.rejects && count == other.count;
    }
};

Seen in_blocks(const std::string& text, std::size_t block, std::size_t step,
               std::optional<Error> end = std::nullopt) {
    Seen seen;
    const auto done =
        load_blocks(std::make_unique<MemorySource>(text, step, std::move(end)), options_for(block),
                    no_hooks(), [&](std::span<engine::Batch* const> batches) -> Result<void> {
                        for (const engine::Batch* batch : batches) seen.take(batch->rows);
                        return {};
                    });
    if (done) {
        seen.count = done->rows;
    } else {
        seen.error = done.error();
    }
    return seen;
}

Seen in_pieces(const std::string& text, std::size_t block, std::size_t rows_per_piece) {
    Seen seen;
    std::string joined;
    const auto done =
        load_pieces(std::make_unique<MemorySource>(text, 1'000), options_for(block), no_hooks(),
                    rows_per_piece, [&](const Piece& piece) -> Result<void> {
                        EXPECT_LE(piece.rows.rows(), rows_per_piece);
                        if (joined.empty()) joined = piece.header;
                        joined += piece.bytes;
                        seen.take(piece.rows);
                        return {};
                    });
    EXPECT_TRUE(done);
    seen.count = done ? done->rows : 0;
    EXPECT_EQ(joined, text) << "the pieces' bytes are the file's";
    return seen;
}

/// Good rows, bad ones, cells in quotes over two lines, lines far too long and quotes that never
/// close.
std::string dirty_text(unsigned seed, int rows) {
    std::mt19937 random(seed);
    std::string text = "device_id,ts,attr.note\n";
    for (int i = 0; i < rows; ++i) {
        const std::string start =
            "V-" + std::to_string(i % 7) + "," + std::to_string(1'700'000'000 + i) + ",";
        switch (random() % 12) {
            case 0: text += "V-x,never,\n"; break;
            case 1: text += start + "\"two\nlines\"\n"; break;
            case 2: text += std::string(random() % 3'000 + kMaxLine, 'y') + "\n"; break;
            case 3: text += start + "\"open\n"; break;
            case 4: text += "\n"; break;
            default: text += start + "n" + std::to_string(random() % 1'000) + "\n";
        }
    }
    return text;
}

TEST(FileLoad, BlocksAndPiecesGiveTheSameRowsWhateverTheirSize) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        const std::string text = dirty_text(seed, 3'000);
        const Seen whole = in_blocks(text, 8 << 20, 1 << 20);
        ASSERT_GT(whole.rows.size(), 1'000U);
        ASSERT_GT(whole.rejects.size(), 300U);
        EXPECT_EQ(whole.count, whole.rows.size() + whole.rejects.size());
        for (const std::size_t block : {std::size_t{400}, std::size_t{1'001}, std::size_t{64'000}})
            EXPECT_TRUE(in_blocks(text, block, 333) == whole)
                << "seed " << seed << " block " << block;
        for (const std::size_t rows : {std::size_t{1}, std::size_t{97}, std::size_t{100'000}})
            EXPECT_TRUE(in_pieces(text, 5'000, rows) == whole)
                << "seed " << seed << " rows " << rows;
    }
}

TEST(FileLoad, ALineWithoutEndIsRejectedOnceInConstantMemory) {
    const std::string text = "device_id,ts\nV-1,1700000000\n" + std::string(2'000'000, 'z');
    const Seen seen = in_blocks(text, 400, 1 << 20);
    EXPECT_EQ(seen.rows.size(), 1U);
    ASSERT_EQ(seen.rejects.size(), 1U);
    EXPECT_EQ(std::get<1>(seen.rejects.front()), "too_large");
    EXPECT_EQ(seen.count, 2U);
}

TEST(FileLoad, RejectsCarryTheirHeaderForAnotherTry) {
    std::string raw;
    const auto done = load_blocks(std::make_unique<MemorySource>("device_id,ts\nV-1,never\n", 100),
                                  options_for(1'000), no_hooks(),
                                  [&](std::span<engine::Batch* const> batches) -> Result<void> {
                                      for (const engine::Batch* batch : batches)
                                          for (const model::Reject& reject : batch->rows.rejects)
                                              raw = reject.raw;
                                      return {};
                                  });
    ASSERT_TRUE(done);
    EXPECT_EQ(raw, "device_id,ts\nV-1,never");
}

TEST(FileLoad, RowsBeforeAFaultAreHandedOver) {
    std::string text = "device_id,ts\n";
    for (int i = 0; i < 1'000; ++i) text += "V-1," + std::to_string(1'700'000'000 + i) + "\n";
    const Seen seen = in_blocks(text, 400, 100, Error(Code::corrupt, "cut off"));
    ASSERT_TRUE(seen.error);
    EXPECT_EQ(seen.error->message, "cut off");
    EXPECT_GE(seen.rows.size(), 990U);
    EXPECT_TRUE(seen.rejects.empty());
}

TEST(FileLoad, AnEmptyFileAndABadHeaderNameTheFile) {
    EXPECT_NE(in_blocks("", 1'000, 10).error->message.find("test.csv: is empty"),
              std::string::npos);
    const Seen seen = in_blocks("device_id,tss\nV-1,1\n", 1'000, 10);
    ASSERT_TRUE(seen.error);
    EXPECT_EQ(seen.error->message.substr(0, 9), "test.csv:");
}

TEST(FileLoad, AStopEndsAfterTheCurrentBlock) {
    std::string text = "device_id,ts\n";
    for (int i = 0; i < 1'000; ++i) text += "V-1," + std::to_string(1'700'000'000 + i) + "\n";
    FileLoadHooks hooks = no_hooks();
    std::size_t rows = 0;
    hooks.stop = [&] { return rows > 0; };
    const auto done =
        load_blocks(std::make_unique<MemorySource>(text, 100), options_for(400), hooks,
                    [&](std::span<engine::Batch* const> batches) -> Result<void> {
                        for (const engine::Batch* batch : batches)
                            rows += batch->rows.records.size();
                        return {};
                    });
    ASSERT_TRUE(done);
    EXPECT_GT(rows, 0U);
    EXPECT_LT(rows, 100U);
}

}  // namespace
}  // namespace fleet::ingest
