// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/record.hpp"
#include "model/validate.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::model {

/// Memory for the text of a batch: addresses stay valid until clear() or destruction, also when the
/// arena is moved. Not thread-safe.
class Arena {
  public:
    [[nodiscard]] std::string_view copy(std::string_view text);
    /// Names and texts are not copied.
    [[nodiscard]] std::span<Attribute> copy(std::span<const Attribute> attributes);
    void clear() noexcept;
    [[nodiscard]] std::size_t bytes() const noexcept { return total_; }

  private:
    void* allocate(std::size_t bytes, std::size_t alignment);
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::size_t used_ = 0;  ///< in the last block
    std::size_t size_ = 0;  ///< of the last block
    std::size_t total_ = 0;
};

inline constexpr std::size_t kMaxRawBytes = 64 << 10;

/// A record that failed validation at receipt, kept with its raw bytes.
struct Reject {
    /// Position in its request, or row number in its file (after the header), from 0.
    std::uint32_t index = 0;
    Reason reason{};
    std::string detail;  ///< for a person: line, field or column, value
    std::string raw;     ///< cut at kMaxRawBytes
};

/// What a decoder made of some bytes: valid records in arrival order, and the rest with reasons.
struct RecordBatch {
    std::vector<Record> records;
    /// Position of each record in its request or file; same size as records.
    std::vector<std::uint32_t> indexes;
    std::vector<Reject> rejects;
    Arena arena;  ///< text that does not point into the input

    [[nodiscard]] std::size_t rows() const noexcept { return records.size() + rejects.size(); }
    void clear() noexcept;

    /// Validates and files one decoded record. `raw` is its bytes, `detail` is asked for only if it
    /// is rejected and may be empty.
    void add(const Record& record, const Problems& problems, const TimeWindow& window,
             std::uint32_t index, std::string_view raw, std::string_view detail = {});
    void reject(Reason reason, std::uint32_t index, std::string_view raw, std::string detail);
};

}  // namespace fleet::model
