// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_load.hpp"

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "codec/csv.hpp"
#include "codec/decoder.hpp"
#include "ingest/block_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace fleet::ingest {

namespace {

using codec::CsvExtent;
using codec::CsvSchema;

/// A record is decided within its longest length and a line end (see csv.hpp), so never more than
/// that is left over.
std::size_t longest_rest(const FileLoadOptions& options) { return options.decode.max_line + 2; }

std::string source_of(const FileLoadOptions& options) { return "file:" + options.name; }

codec::Format format_of(const FileLoadOptions& options, std::string_view first_bytes) {
    if (options.format) return *options.format;
    if (const auto by_name = codec::format_of_name(options.name)) return *by_name;
    return codec::detect_format(first_bytes);
}

Failure empty_file(const FileLoadOptions& options) {
    return fail(
        Code::invalid_argument,
        fmt::format("{}: is empty; a file with a header and rows, or with one JSON object or "
                    "point a line, was expected",
                    options.name));
}

/// Both ends of a CSV file's way in: how its bytes are cut, and where the rows are counted.
class CsvBlocks {
  public:
    CsvBlocks(CsvSchema schema, std::string header, std::uint64_t header_lines,
              const FileLoadOptions& options)
        : schema_(std::move(schema)),
          header_(std::move(header)),
          options_(options),
          at_{0, header_lines} {
        for (engine::Batch& batch : batches_) {
            batch.source = source_of(options);
            batch.default_fleet = options.default_fleet;
        }
    }

    /// Decodes the whole records of `bytes`, hands them over and returns the rest.
    Result<std::string_view> take(std::string_view bytes, bool last, const BatchSink& sink) {
        if (skipping_) {
            const std::size_t line_end = bytes.find('\n');
            if (line_end == std::string_view::npos) return std::string_view();
            bytes.remove_prefix(line_end + 1);
            skipping_ = false;
        }
        std::size_t cut = bytes.size();
        if (!last) {
            const std::size_t rest = longest_rest(options_);
            cut = bytes.size() > rest ? codec::find_split(schema_, bytes, bytes.size() - rest) : 0;
            // No record begins in the last bytes and no line ends there: what is left of a line
            // that is far too long is no row.
            skipping_ = cut == bytes.size() && cut > 0 && bytes.back() != '\n';
        }
        if (cut > 0) FLEET_TRY_VOID(decode(bytes.substr(0, cut), sink));
        return bytes.substr(cut);
    }
    [[nodiscard]] std::uint64_t rows() const noexcept { return at_.rows; }

  private:
    Result<void> decode(std::string_view bytes, const BatchSink& sink) {
        const std::size_t middle = codec::find_split(schema_, bytes, bytes.size() / 2);
        const std::array<std::string_view, 2> halves{bytes.substr(0, middle), bytes.substr(middle)};
        const CsvExtent first = codec::csv_extent(schema_, halves[0]);
        const std::array<CsvExtent, 2> begins{at_,
                                              {at_.rows + first.rows, at_.lines + first.lines}};
        const model::TimeWindow window = options_.window();
        std::array<CsvExtent, 2> found;
        threads_.run(halves.size(), [&](std::size_t i) {
            batches_[i].rows.clear();
            found[i] =
                codec::decode_csv_rows(schema_, halves[i], begins[i], window, batches_[i].rows);
            for (model::Reject& reject : batches_[i].rows.rejects) reject.raw.insert(0, header_);
        });
        FLEET_CHECK(found[0].rows == first.rows && found[0].lines == first.lines);
        at_ = {begins[1].rows + found[1].rows, begins[1].lines + found[1].lines};
        const std::array<engine::Batch*, 2> both{&batches_[0], &batches_[1]};
        return sink(both);
    }

    CsvSchema schema_;
    std::string header_;
    const FileLoadOptions& options_;
    CsvExtent at_;
    bool skipping_ = false;  ///< inside a line that is too long and was rejected
    std::array<engine::Batch, 2> batches_;
    Parallel threads_{2};
};

Result<codec::CsvHeader> header_of(std::string_view bytes, bool last,
                                   const FileLoadOptions& options) {
    auto header = codec::read_csv_header(bytes, last, options.decode);
    if (!header) return fail(header.error().within(options.name));
    if (!*header)
        return fail(
            Code::invalid_argument,
            fmt::format(
                "{}: line 1 is no header: it does not end within {} bytes; is it a CSV file?",
                options.name, bytes.size()));
    return **std::move(header);
}

codec::DecodeOptions decode_options(const FileLoadOptions& options, codec::Format format) {
    codec::DecodeOptions decode = options.decode;
    decode.format = format;
    decode.window = options.window();
    return decode;
}

/// Decodes with the streaming decoder of a format, from bytes that the pieces keep alive.
class Pieces {
  public:
    Pieces(codec::Format format, const FileLoadOptions& options, std::size_t rows_per_piece)
        : format_(format), options_(options), rows_per_piece_(rows_per_piece) {}

    Result<void> start(std::string_view first_bytes, bool last) {
        codec::DecodeOptions decode = decode_options(options_, format_);
        decode.max_rows = rows_per_piece_;
        if (format_ == codec::Format::csv) {
            FLEET_TRY(const codec::CsvHeader header, header_of(first_bytes, last, options_));
            header_ = std::make_shared<const std::string>(first_bytes.substr(0, header.bytes));
            skip_ = header.bytes;
        }
        auto decoder = codec::make_decoder(std::move(decode));
        if (!decoder) return fail(decoder.error().within(options_.name));
        decoder_ = std::move(decoder).value();
        return {};
    }

    /// `stop` ends between two pieces.
    Result<std::string_view> take(std::string_view bytes, bool last, const FileLoadHooks& hooks,
                                  const PieceSink& sink) {
        const auto copy = std::make_shared<const std::string>(bytes);
        const std::string_view all(*copy);
        std::size_t at = 0;
        while (true) {
            Piece piece;
            std::size_t consumed = 0;
            decoder_->set_window(options_.window());
            auto done = decoder_->decode(all.substr(at), last, piece.rows, consumed);
            const bool empty = piece.rows.rows() == 0;
            if (!empty) {
                piece.format = format_;
                // The first bytes of a CSV file are its header, which every piece carries apart.
                const std::size_t skipped = std::min(skip_, consumed);
                piece.bytes = all.substr(at + skipped, consumed - skipped);
                if (header_) {
                    piece.header = *header_;
                    for (model::Reject& reject : piece.rows.rejects) reject.raw.insert(0, *header_);
                }
                piece.owners = {copy, decoder_, header_};
                FLEET_TRY_VOID(sink(std::move(piece)));
            }
            if (!done) return fail(done.error().within(options_.name));
            if (consumed != 0) skip_ = 0;
            at += consumed;
            if (empty || at == all.size() || hooks.stop()) return bytes.substr(at);
        }
    }
    [[nodiscard]] std::uint64_t rows() const noexcept {
        return decoder_ == nullptr ? 0 : decoder_->rows();
    }

  private:
    codec::Format format_;
    const FileLoadOptions& options_;
    std::size_t rows_per_piece_;
    std::shared_ptr<codec::Decoder> decoder_;
    std::shared_ptr<const std::string> header_;
    std::size_t skip_ = 0;  ///< bytes of the header that the decoder has still to pass
};

/// Feeds blocks to `take` until the end or a stop. `take` returns what is left of a block.
template <class Take, class Rows>
Result<void> each_block(BlockReader& reader, const BlockReader::Block& first,
                        const FileLoadHooks& hooks, Take take, Rows rows) {
    BlockReader::Block block = first;
    while (true) {
        FLEET_TRY(const std::string_view rest, take(block));
        hooks.progress(reader.source().position(), reader.source().size(), rows());
        if (block.last || hooks.stop()) return {};
        FLEET_TRY(block, reader.next(rest));
        // A source that was cancelled ends within a row: that row is not the file's.
        if (hooks.stop()) return {};
    }
}

}  // namespace

Result<FileExtent> load_pieces(std::unique_ptr<FileSource> source, const FileLoadOptions& options,
                               const FileLoadHooks& hooks, std::size_t rows_per_piece,
                               const PieceSink& sink) {
    const std::size_t headroom =
        2 * longest_rest(options) + options.block_bytes;  // a piece's end may leave much over
    BlockReader reader(std::move(source), options.block_bytes, headroom);
    FLEET_TRY(const BlockReader::Block first, reader.next({}));
    if (hooks.stop()) return FileExtent{};
    if (first.bytes.empty()) return empty_file(options);
    FileExtent extent{format_of(options, first.bytes), 0};
    Pieces pieces(extent.format, options, rows_per_piece);
    FLEET_TRY_VOID(pieces.start(first.bytes, first.last));
    FLEET_TRY_VOID(each_block(
        reader, first, hooks,
        [&](const BlockReader::Block& block) {
            return pieces.take(block.bytes, block.last, hooks, sink);
        },
        [&] { return pieces.rows(); }));
    extent.rows = pieces.rows();
    return extent;
}

Result<FileExtent> load_blocks(std::unique_ptr<FileSource> source, const FileLoadOptions& options,
                               const FileLoadHooks& hooks, const BatchSink& sink) {
    FLEET_CHECK(options.block_bytes >= 4 * options.decode.max_line);
    BlockReader reader(std::move(source), options.block_bytes, 2 * longest_rest(options));
    FLEET_TRY(const BlockReader::Block first, reader.next({}));
    if (hooks.stop()) return FileExtent{};
    if (first.bytes.empty()) return empty_file(options);
    FileExtent extent{format_of(options, first.bytes), 0};
    if (extent.format == codec::Format::csv) {
        FLEET_TRY(const codec::CsvHeader header, header_of(first.bytes, first.last, options));
        CsvBlocks blocks(header.schema, std::string(first.bytes.substr(0, header.bytes)),
                         header.lines, options);
        bool at_header = true;
        FLEET_TRY_VOID(each_block(
            reader, first, hooks,
            [&](const BlockReader::Block& block) {
                const std::size_t begin = std::exchange(at_header, false) ? header.bytes : 0;
                return blocks.take(block.bytes.substr(begin), block.last, sink);
            },
            [&] { return blocks.rows(); }));
        extent.rows = blocks.rows();
        return extent;
    }
    Pieces pieces(extent.format, options, 0);
    FLEET_TRY_VOID(pieces.start(first.bytes, first.last));
    const PieceSink to_batch = [&](Piece piece) -> Result<void> {
        engine::Batch batch;
        batch.rows = std::move(piece.rows);
        batch.source = source_of(options);
        batch.default_fleet = options.default_fleet;
        engine::Batch* const one = &batch;
        return sink(std::span<engine::Batch* const>(&one, 1));
    };
    FLEET_TRY_VOID(each_block(
        reader, first, hooks,
        [&](const BlockReader::Block& block) {
            return pieces.take(block.bytes, block.last, hooks, to_batch);
        },
        [&] { return pieces.rows(); }));
    extent.rows = pieces.rows();
    return extent;
}

Result<void> check_file(FileSource& source, const FileLoadOptions& options) {
    constexpr std::size_t kLook = 1 << 20;
    std::string bytes(kLook, '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        auto n = source.read({bytes.data() + filled, bytes.size() - filled});
        if (!n && filled == 0) return fail(std::move(n).error());
        if (!n || *n == 0) break;
        filled += *n;
    }
    bytes.resize(filled);
    if (bytes.empty()) return empty_file(options);
    const codec::Format format = format_of(options, bytes);
    if (format == codec::Format::csv) {
        FLEET_TRY_VOID(header_of(bytes, filled < kLook, options));
        return {};
    }
    // The first rows decide whether this is the format at all.
    codec::DecodeOptions decode = decode_options(options, format);
    auto decoder = codec::make_decoder(std::move(decode));
    if (!decoder) return fail(decoder.error().within(options.name));
    model::RecordBatch rows;
    std::size_t consumed = 0;
    if (auto done = (*decoder)->decode(bytes, false, rows, consumed); !done)
        return fail(done.error().within(options.name));
    return {};
}

}  // namespace fleet::ingest
