// SPDX-License-Identifier: Apache-2.0
#include "devcluster/cql_frame.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fleet::devcluster {

namespace {

constexpr std::uint8_t kRequest = 0x04;
constexpr std::uint8_t kResponse = 0x84;
constexpr std::uint8_t kFlagTracing = 0x02;
constexpr std::uint8_t kFlagPayload = 0x04;
constexpr std::uint8_t kFlagWarning = 0x08;

void put_u16(std::string& out, std::size_t value) {
    out.push_back(static_cast<char>(value >> 8U & 0xFFU));
    out.push_back(static_cast<char>(value & 0xFFU));
}

void put_u32(std::string& out, std::size_t value) {
    put_u16(out, value >> 16U & 0xFFFFU);
    put_u16(out, value & 0xFFFFU);
}

void put_short_string(std::string& out, std::string_view text) {
    put_u16(out, text.size());
    out += text;
}

std::string frame(Opcode opcode, std::string_view body) {
    std::string out;
    out.push_back(static_cast<char>(kRequest));
    out.push_back(0);  // flags
    put_u16(out, 0);   // stream: one request at a time
    out.push_back(static_cast<char>(opcode));
    put_u32(out, body.size());
    out += body;
    return out;
}

/// Reads big-endian values; after the end everything is empty and ok() is false.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

    std::string_view take(std::size_t count) {
        if (count > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const std::string_view out = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return out;
    }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (const char c : take(bytes)) value = value << 8U | static_cast<unsigned char>(c);
        return value;
    }
    std::int32_t i32() { return static_cast<std::int32_t>(number(4)); }
    std::string_view short_string() { return take(static_cast<std::size_t>(number(2))); }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

constexpr int kMaxTypeDepth = 16;

bool skip_type(Reader& reader, int depth) {
    if (depth > kMaxTypeDepth) return false;
    const auto id = reader.number(2);
    switch (id) {
        case 0x00: reader.short_string(); break;
        case 0x20:
        case 0x22: return skip_type(reader, depth + 1);
        case 0x21: return skip_type(reader, depth + 1) && skip_type(reader, depth + 1);
        case 0x30: {
            reader.short_string();
            reader.short_string();
            const auto fields = reader.number(2);
            for (std::uint64_t i = 0; i < fields && reader.ok(); ++i) {
                reader.short_string();
                if (!skip_type(reader, depth + 1)) return false;
            }
            break;
        }
        case 0x31: {
            const auto fields = reader.number(2);
            for (std::uint64_t i = 0; i < fields && reader.ok(); ++i)
                if (!skip_type(reader, depth + 1)) return false;
            break;
        }
        default: break;
    }
    return reader.ok();
}

Failure damaged() { return fail(Code::corrupt, "the node sent an answer that cannot be read"); }

Result<CqlRows> decode_rows(Reader& reader) {
    constexpr std::int32_t kGlobalTable = 1;
    constexpr std::int32_t kMorePages = 2;
    constexpr std::int32_t kNoMetadata = 4;
    const std::int32_t flags = reader.i32();
    const std::int32_t columns = reader.i32();
    if (!reader.ok() || columns < 0 || (flags & kNoMetadata) != 0) return damaged();
    if ((flags & kMorePages) != 0) reader.take(static_cast<std::size_t>(std::max(0, reader.i32())));
    if ((flags & kGlobalTable) != 0) {
        reader.short_string();
        reader.short_string();
    }
    CqlRows result;
    for (std::int32_t i = 0; i < columns && reader.ok(); ++i) {
        if ((flags & kGlobalTable) == 0) {
            reader.short_string();
            reader.short_string();
        }
        result.columns.emplace_back(reader.short_string());
        if (!skip_type(reader, 0)) return damaged();
    }
    const std::int32_t rows = reader.i32();
    if (!reader.ok() || rows < 0) return damaged();
    for (std::int32_t r = 0; r < rows; ++r) {
        auto& row = result.rows.emplace_back();
        for (std::int32_t c = 0; c < columns; ++c) {
            const std::int32_t length = reader.i32();
            if (length < 0) {
                row.emplace_back(std::nullopt);
            } else {
                row.emplace_back(std::string(reader.take(static_cast<std::size_t>(length))));
            }
            if (!reader.ok()) return damaged();
        }
        if (columns == 0) return damaged();  // rows without columns could be any number of them
    }
    return result;
}

Failure server_error(Reader& reader) {
    const auto code = static_cast<std::uint32_t>(reader.i32());
    const std::string_view message = reader.short_string();
    if (!reader.ok()) return damaged();
    const auto as = [&](Code ours) { return fail(ours, std::string(message)); };
    switch (code) {
        case 0x0100: return as(Code::unauthenticated);
        case 0x1000:
        case 0x1001:
        case 0x1002: return as(Code::unavailable);
        case 0x1100:
        case 0x1200: return as(Code::deadline_exceeded);
        case 0x2000:
        case 0x2200:
        case 0x2300: return as(Code::invalid_argument);
        case 0x2100: return as(Code::forbidden);
        case 0x2400: return as(Code::already_exists);
        default: return fail(Code::internal, fmt::format("{} (error {:#06x})", message, code));
    }
}

}  // namespace

std::string startup_frame() {
    std::string body;
    put_u16(body, 1);
    put_short_string(body, "CQL_VERSION");
    put_short_string(body, "3.0.0");
    return frame(Opcode::startup, body);
}

std::string query_frame(std::string_view statement, Consistency consistency) {
    std::string body;
    put_u32(body, statement.size());
    body += statement;
    put_u16(body, static_cast<std::size_t>(consistency));
    body.push_back(0);  // flags: no values, no page size
    return frame(Opcode::query, body);
}

Result<FrameHeader> decode_header(std::string_view bytes) {
    Reader reader(bytes);
    const auto version = reader.number(1);
    FrameHeader header;
    header.flags = static_cast<std::uint8_t>(reader.number(1));
    reader.number(2);
    header.opcode = static_cast<Opcode>(reader.number(1));
    header.body_bytes = static_cast<std::size_t>(reader.number(4));
    if (!reader.ok() || version != kResponse)
        return fail(Code::corrupt,
                    "this is no node of Cassandra, or one that does not speak "
                    "version 4 of its protocol");
    if (header.body_bytes > kMaxFrameBytes)
        return fail(Code::too_large, fmt::format("the node sends an answer of {} bytes; at most {} "
                                                 "are taken",
                                                 header.body_bytes, kMaxFrameBytes));
    return header;
}

Result<CqlRows> decode_answer(const FrameHeader& header, std::string_view body) {
    Reader reader(body);
    if ((header.flags & kFlagTracing) != 0) reader.take(16);
    if ((header.flags & kFlagWarning) != 0) {
        const auto warnings = reader.number(2);
        for (std::uint64_t i = 0; i < warnings && reader.ok(); ++i) reader.short_string();
    }
    if ((header.flags & kFlagPayload) != 0) return damaged();
    switch (header.opcode) {
        case Opcode::ready: return CqlRows{};
        case Opcode::error: return server_error(reader);
        case Opcode::authenticate:
            return fail(Code::unauthenticated, "the node asks for a user and a password");
        case Opcode::result: break;
        default: return damaged();
    }
    constexpr std::int32_t kRows = 2;
    const std::int32_t kind = reader.i32();
    if (!reader.ok()) return damaged();
    return kind == kRows ? decode_rows(reader) : CqlRows{};
}

const std::string* CqlRows::cell(std::size_t row, std::string_view column) const {
    const auto found = std::find(columns.begin(), columns.end(), column);
    if (row >= rows.size() || found == columns.end()) return nullptr;
    const auto& value = rows[row][static_cast<std::size_t>(found - columns.begin())];
    return value ? &*value : nullptr;
}

std::optional<std::string> CqlRows::text(std::size_t row, std::string_view column) const {
    const std::string* value = cell(row, column);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::int64_t> CqlRows::integer(std::size_t row, std::string_view column) const {
    const std::string* value = cell(row, column);
    if (value == nullptr) return std::nullopt;
    Reader reader(*value);
    if (value->size() == 4) return reader.i32();
    if (value->size() == 8) return static_cast<std::int64_t>(reader.number(8));
    return std::nullopt;
}

std::optional<std::string> CqlRows::uuid(std::size_t row, std::string_view column) const {
    const std::string* value = cell(row, column);
    if (value == nullptr || value->size() != 16) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < value->size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
        out += fmt::format("{:02x}", static_cast<unsigned char>((*value)[i]));
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> CqlRows::text_map(std::size_t row,
                                                                   std::string_view column) const {
    const std::string* value = cell(row, column);
    if (value == nullptr) return {};
    Reader reader(*value);
    std::vector<std::pair<std::string, std::string>> out;
    const std::int32_t pairs = reader.i32();
    const auto item = [&] {
        const std::int32_t length = reader.i32();
        return std::string(reader.take(static_cast<std::size_t>(std::max(0, length))));
    };
    for (std::int32_t i = 0; i < pairs && reader.ok(); ++i) {
        std::string key = item();
        out.emplace_back(std::move(key), item());
    }
    if (!reader.ok()) out.clear();
    return out;
}

}  // namespace fleet::devcluster
