// SPDX-License-Identifier: Apache-2.0
#include "model/trip.hpp"

#include <array>
#include <cstddef>

namespace fleet::model {

namespace {

constexpr std::array<std::string_view, 3> kStarts{"distance", "speed", "midnight"};
constexpr std::array<std::string_view, 4> kEnds{"open", "stop", "silence", "midnight"};

}  // namespace

std::string_view name_of(TripStart reason) noexcept {
    return kStarts[static_cast<std::size_t>(reason)];
}

std::string_view name_of(TripEnd reason) noexcept {
    return kEnds[static_cast<std::size_t>(reason)];
}

}  // namespace fleet::model
