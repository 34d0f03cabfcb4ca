// SPDX-License-Identifier: Apache-2.0
#include "server/assets.hpp"

#include <algorithm>

namespace fleet::server {

// embedded_assets() is written by tools/embed_web.py at build time.
const Asset* find_asset(std::string_view path) noexcept {
    const std::span<const Asset> assets = embedded_assets();
    const auto found = std::ranges::lower_bound(assets, path, {}, &Asset::path);
    return found != assets.end() && found->path == path ? &*found : nullptr;
}

}  // namespace fleet::server
