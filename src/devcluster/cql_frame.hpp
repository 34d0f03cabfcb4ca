// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// As much of the CQL binary protocol, version 4, as the schema and the health of a cluster need:
// plain queries without parameters, one after the other. Records are written and read by the
// driver of `cql`, never by this. Specification: native_protocol_v4.spec of Apache Cassandra.
namespace fleet::devcluster {

enum class Opcode : std::uint8_t {
    error = 0x00,
    startup = 0x01,
    ready = 0x02,
    authenticate = 0x03,
    query = 0x07,
    result = 0x08,
};

enum class Consistency : std::uint16_t { one = 0x0001, quorum = 0x0004, local_quorum = 0x0006 };

inline constexpr std::size_t kFrameHeaderBytes = 9;
/// Largest answer that is taken: a schema is a few hundred KiB.
inline constexpr std::size_t kMaxFrameBytes = 16 << 20;

struct FrameHeader {
    Opcode opcode = Opcode::error;
    std::uint8_t flags = 0;
    std::size_t body_bytes = 0;
};

/// Rows of a result; a cell is its bytes as sent, nothing for null.
struct CqlRows {
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;

    /// A text cell of a named column; nothing when it is null or there is no such column or row.
    [[nodiscard]] std::optional<std::string> text(std::size_t row, std::string_view column) const;
    /// An int (4 bytes) or bigint (8 bytes) cell, likewise.
    [[nodiscard]] std::optional<std::int64_t> integer(std::size_t row,
                                                      std::string_view column) const;
    /// A uuid cell as "550e8400-e29b-…".
    [[nodiscard]] std::optional<std::string> uuid(std::size_t row, std::string_view column) const;
    /// A map<text, text> cell as pairs in the order sent; empty when it is null or damaged.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> text_map(
        std::size_t row, std::string_view column) const;

  private:
    [[nodiscard]] const std::string* cell(std::size_t row, std::string_view column) const;
};

/// Whole frames to send.
[[nodiscard]] std::string startup_frame();
[[nodiscard]] std::string query_frame(std::string_view statement, Consistency consistency);

/// The first kFrameHeaderBytes of an answer. Errors: corrupt when it is no answer of protocol 4,
/// too_large.
[[nodiscard]] Result<FrameHeader> decode_header(std::string_view bytes);
/// The rows of an answer to a query; empty for one that is no SELECT. Errors: what the server says
/// (unavailable, deadline_exceeded, already_exists, invalid_argument, unauthenticated, internal),
/// corrupt.
[[nodiscard]] Result<CqlRows> decode_answer(const FrameHeader& header, std::string_view body);

}  // namespace fleet::devcluster
