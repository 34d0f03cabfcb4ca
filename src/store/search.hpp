// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/device.hpp"

#include <algorithm>
#include <string_view>

namespace fleet::store {

/// Whether `text` holds `part`, ASCII letters taken as equal in both cases. The empty part is in
/// every text.
[[nodiscard]] inline bool contains_folded(std::string_view text, std::string_view part) {
    const auto fold = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [&](char a, char b) { return fold(a) == fold(b); }) != text.end() ||
           part.empty();
}

/// Whether a search for `text` finds a device.
[[nodiscard]] inline bool is_found(std::string_view id, const model::DeviceDetails& details,
                                   std::string_view text) {
    return contains_folded(id, text) || contains_folded(details.name, text) ||
           contains_folded(details.plate, text);
}

}  // namespace fleet::store
