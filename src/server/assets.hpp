// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace fleet::server {

/// One file of the dashboard, compiled into the binary. All views live as long as the process.
struct Asset {
    std::string_view path;  ///< absolute, as in a URL: "/index.html", "/assets/index-Bx1.js"
    std::string_view content_type;  ///< with charset for text
    std::string_view etag;          ///< strong, with its quotes; changes with the content
    std::string_view body;
    std::string_view gzip_body;  ///< empty when compression does not pay
};

/// The file of exactly this path, or null. No fallback to index.html: routing is the caller's.
[[nodiscard]] const Asset* find_asset(std::string_view path) noexcept;

/// All files, by path in byte order; empty in a binary that was built without the web pages.
[[nodiscard]] std::span<const Asset> embedded_assets() noexcept;

}  // namespace fleet::server
