// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::store {

/// Which list a cursor belongs to. Numbers are inside cursors that clients hold: never reuse one.
enum class CursorKind : std::uint8_t {
    devices = 1,
    fleet_latest = 2,
    history = 3,
    fleets = 4,
    trips = 5,
    stops = 6,
    alerts = 7,
    incidents = 8,
    scan = 9,
    zones = 20,
};

/// The parameters of a list that a cursor is tied to. Feed every parameter that changes which items
/// come in what order; not the page size.
class CursorParams {
  public:
    CursorParams& add(std::string_view text) noexcept;
    CursorParams& add(std::int64_t number) noexcept;
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

  private:
    std::uint64_t hash_ = 0xCBF2'9CE4'8422'2325;  // FNV-1a, 64 bit
};

inline constexpr std::size_t kMaxCursorKey = 80;  // an id and a time

/// Opaque text of [A-Za-z0-9_-]: base64url of version, kind, key and a checksum over these and the
/// parameters. `key` (at most kMaxCursorKey bytes) is the identity of the last item given out, so
/// the place stays right when rows are inserted on either side of it. The checksum catches
/// mistakes; it is no signature, and a cursor grants nothing.
[[nodiscard]] std::string encode_cursor(CursorKind kind, const CursorParams& params,
                                        std::string_view key);
/// Key of a cursor of the same kind and parameters; else invalid_argument.
[[nodiscard]] Result<std::string> decode_cursor(CursorKind kind, const CursorParams& params,
                                                std::string_view cursor);

/// A time as the key of a cursor.
[[nodiscard]] std::string time_key(std::int64_t ts_ms);
/// Time of such a key; invalid_argument if it is none.
[[nodiscard]] Result<std::int64_t> time_of_key(std::string_view key);

}  // namespace fleet::store
