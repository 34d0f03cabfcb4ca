// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace fleet::store
