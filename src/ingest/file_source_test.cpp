// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_source.hpp"
#include "ingest/block_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace fleet::ingest {
namespace {

class Directory {
  public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "file_source_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    std::string write(const std::string& name, const std::string& bytes) const {
        const auto path = path_ / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path.string();
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::string gzip(const std::string& bytes) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
    std::string in = bytes;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd(const std::string& bytes) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
    return out;
}

std::string text_of(std::size_t size) {
    std::mt19937 random(7);
    std::string text;
    while (text.size() < size) text += std::to_string(random()) + "\n";
    text.resize(size);
    return text;
}

/// What can be read, and the error at the end if there is one.
std::pair<std::string, std::optional<Error>> read_all(const std::string& path, std::size_t step) {
    auto source = open_file_source(path);
    if (!source) return {"", source.error()};
    std::string all;
    std::string piece(step, '\0');
    while (true) {
        auto n = (*source)->read(piece);
        if (!n) return {all, n.error()};
        if (*n == 0) return {all, std::nullopt};
        all.append(piece, 0, *n);
    }
}

TEST(FileSource, GivesTheSameBytesPlainAndPackedWhateverTheStep) {
    const Directory dir;
    const std::string text = text_of(1'000'000);
    const std::string plain = dir.write("plain", text);
    const std::string gz = dir.write("a.csv", gzip(text));  // the name does not matter
    const std::string zst = dir.write("b", zstd(text));
    for (const std::size_t step : {std::size_t{7'919}, std::size_t{1} << 20})
        for (const std::string& path : {plain, gz, zst}) {
            const auto [bytes, error] = read_all(path, step);
            EXPECT_FALSE(error) << path;
            EXPECT_TRUE(bytes == text) << path << " step " << step;
        }
}

TEST(FileSource, ReadsSeveralGzipMembersAndZstdFramesAsOne) {
    const Directory dir;
    EXPECT_EQ(read_all(dir.write("a", gzip("one\n") + gzip("two\n")), 64).first, "one\ntwo\n");
    EXPECT_EQ(read_all(dir.write("b", zstd("one\n") + zstd("two\n")), 64).first, "one\ntwo\n");
}

TEST(FileSource, GivesTheGoodBytesOfATruncatedFileThenTheError) {
    const Directory dir;
    const std::string text = text_of(500'000);
    for (const bool with_gzip : {true, false}) {
        std::string packed = with_gzip ? gzip(text) : zstd(text);
        packed.resize(packed.size() * 2 / 3);
        const auto [bytes, error] = read_all(dir.write("cut", packed), 4'096);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code, Code::corrupt);
        EXPECT_NE(error->message.find("cut off"), std::string::npos) << error->message;
        EXPECT_GT(bytes.size(), 100'000U);
        EXPECT_TRUE(text.compare(0, bytes.size(), bytes) == 0);
    }
}

TEST(FileSource, NamesADamagedStream) {
    const Directory dir;
    std::string packed = gzip(text_of(500'000));
    for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 64; ++i) packed[i] = '\x55';
    const auto [bytes, error] = read_all(dir.write("bad", packed), 4'096);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, Code::corrupt);
}

TEST(FileSource, SaysWhatIsWrongWithAPath) {
    const Directory dir;
    EXPECT_EQ(open_file_source((dir.path() / "missing").string()).error().code, Code::not_found);
    EXPECT_EQ(open_file_source(dir.path().string()).error().code, Code::invalid_argument);
}

TEST(FileSource, AnEmptyFileHasNoBytes) {
    const Directory dir;
    const auto [bytes, error] = read_all(dir.write("empty", ""), 16);
    EXPECT_TRUE(bytes.empty());
    EXPECT_FALSE(error);
}

/// Reads through a BlockReader, keeping what follows the last line end as the rest.
std::pair<std::string, std::optional<Error>> through_blocks(const std::string& path,
                                                            std::size_t block) {
    BlockReader reader(std::move(open_file_source(path)).value(), block, 64);
    std::string all;
    std::string_view rest;
    while (true) {
        const auto next = reader.next(rest);
        if (!next) return {all, next.error()};
        const std::size_t end = next->last ? next->bytes.size() : next->bytes.rfind('\n') + 1;
        all += next->bytes.substr(0, end);
        rest = next->bytes.substr(end);
        if (next->last) return {all, std::nullopt};
    }
}

TEST(BlockReader, JoinsTheRestOfABlockToTheNext) {
    const Directory dir;
    const std::string text = text_of(300'001);
    const std::string path = dir.write("text", text);
    for (const std::size_t block :
         {std::size_t{32}, std::size_t{1'000}, std::size_t{300'001}, std::size_t{1} << 20})
        EXPECT_TRUE(through_blocks(path, block).first == text) << block;
}

TEST(BlockReader, GivesGoodBytesBeforeTheError) {
    const Directory dir;
    const std::string text = text_of(500'000);
    std::string packed = gzip(text);
    packed.resize(packed.size() / 2);
    const auto [bytes, error] = through_blocks(dir.write("cut", packed), 10'000);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, Code::corrupt);
    EXPECT_GT(bytes.size(), 100'000U);
    EXPECT_TRUE(text.compare(0, bytes.size(), bytes) == 0);
}

TEST(BlockReader, EndsWhileTheSourceStillWaits) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::string path = "/proc/self/fd/" + std::to_string(ends[0]);
    ASSERT_EQ(::write(ends[1], "12345", 5), 5);
    {
        BlockReader reader(std::move(open_file_source(path)).value(), 1'000, 64);
    }  // the destructor must not wait for a writer
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace fleet::ingest
