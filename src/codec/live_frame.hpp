// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

enum class FrameType : std::uint8_t { snap = 1, delta = 2 };

inline constexpr std::uint16_t kFrameMagic = 0x5446;
inline constexpr std::uint8_t kFrameVersion = 1;
inline constexpr std::size_t kFrameHeaderBytes = 24;
inline constexpr std::size_t kMaxFrameRows = 1'000'000;  ///< a decoder takes no more

inline constexpr std::int32_t kNoPosition = INT32_MIN;
inline constexpr std::uint32_t kNoAge = UINT32_MAX;
inline constexpr std::uint16_t kNoU16 = UINT16_MAX;
inline constexpr std::int16_t kNoI16 = INT16_MIN;

inline constexpr std::uint8_t kMoving = 1;
inline constexpr std::uint8_t kCharging = 2;
inline constexpr std::uint8_t kIgnition = 4;

/// State of one vehicle in the units of the wire (api/live.md), with absolute times.
struct LiveRow {
    std::int64_t ts_ms = -1;      ///< newest record; −1 = none
    std::int64_t pos_ts_ms = -1;  ///< newest position; −1 = none
    std::int32_t lat = kNoPosition;
    std::int32_t lon = kNoPosition;
    std::uint32_t slot = 0;
    std::uint16_t speed = kNoU16;
    std::uint16_t heading = kNoU16;
    std::uint16_t battery = kNoU16;
    std::int16_t temp = kNoI16;
    std::uint16_t humidity = kNoU16;
    std::uint16_t zone = 0;
    std::uint8_t flags = 0;
    bool operator==(const LiveRow&) const = default;
};

struct FrameHeader {
    FrameType type = FrameType::delta;
    std::uint32_t epoch = 0;
    std::uint32_t seq = 0;
    std::int64_t base_ms = 0;  ///< ages count back from here; a time after it has age 0
    bool operator==(const FrameHeader&) const = default;
};

struct LiveFrame {
    FrameHeader header;
    std::vector<LiveRow> rows;
};

/// Bytes of a frame with n rows.
[[nodiscard]] std::size_t frame_bytes(std::size_t rows) noexcept;
[[nodiscard]] std::string encode_frame(const FrameHeader& header, std::span<const LiveRow> rows);
/// Strict: exact length, zero padding. Errors: corrupt, unsupported (version).
[[nodiscard]] Result<LiveFrame> decode_frame(std::string_view bytes);
/// The same content as JSON, for `?format=json`.
[[nodiscard]] std::string encode_frame_json(const FrameHeader& header, std::string_view fleet,
                                            std::span<const LiveRow> rows);

}  // namespace fleet::codec
