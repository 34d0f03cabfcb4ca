// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/decode_options.hpp"
#include "engine/engine.hpp"
#include "ingest/file_source.hpp"
#include "model/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::ingest {

/// How one file is loaded.
struct FileLoadOptions {
    std::string name;  ///< for messages; "file:name" becomes the source of the batches
    std::optional<codec::Format> format;  ///< nothing = by the name's ending, else by the content
    codec::DecodeOptions decode;          ///< its window is replaced by `window()` for each block
    std::string default_fleet = "default";
    std::function<model::TimeWindow()> window;  ///< which times are accepted now
    std::size_t block_bytes =
        4 << 20;  ///< read and decoded at a time, at least 4 × decode.max_line
};

/// What a load looks at between its steps. All are called on the loading thread.
struct FileLoadHooks {
    /// True ends the load after the current step; load_* then return success.
    std::function<bool()> stop;
    /// Bytes of the file (packed) that were read, of how many if that is known; rows that were
    /// handed over.
    std::function<void(std::uint64_t position, std::optional<std::uint64_t> size,
                       std::uint64_t rows)>
        progress;
};

/// What was found in a file.
struct FileExtent {
    codec::Format format = codec::Format::csv;
    std::uint64_t rows = 0;  ///< after the header, good and bad
};

/// Takes batches in the order of the file. Their bytes live during the call only. Rejects of CSV
/// rows carry the header before the row, so that the quarantine can try them again.
using BatchSink = std::function<Result<void>(std::span<engine::Batch* const>)>;

/// Reads, unpacks and decodes a whole file with a reading thread and two decoding ones, and hands
/// over pairs of batches. Nothing is allocated for each row. Errors name file, line, column and
/// remedy; the rows before them were handed over.
[[nodiscard]] Result<FileExtent> load_blocks(std::unique_ptr<FileSource> source,
                                             const FileLoadOptions& options,
                                             const FileLoadHooks& hooks, const BatchSink& sink);

/// Some rows with the bytes that they came from, which live as long as `owners`.
struct Piece {
    codec::Format format = codec::Format::csv;
    model::RecordBatch rows;
    std::string_view bytes;   ///< the rows as they are in the file
    std::string_view header;  ///< of a CSV file, with its line end
    std::vector<std::shared_ptr<const void>> owners;
};
using PieceSink = std::function<Result<void>(Piece)>;

/// The same in pieces of at most `rows_per_piece` rows that may outlive the call, decoded on one
/// thread.
[[nodiscard]] Result<FileExtent> load_pieces(std::unique_ptr<FileSource> source,
                                             const FileLoadOptions& options,
                                             const FileLoadHooks& hooks, std::size_t rows_per_piece,
                                             const PieceSink& sink);

/// Looks at the begin of a file, so that a load of several does not stop half-way for a reason that
/// could be seen before. Nothing is said about what lies behind the first MiB.
[[nodiscard]] Result<void> check_file(FileSource& source, const FileLoadOptions& options);

}  // namespace fleet::ingest
