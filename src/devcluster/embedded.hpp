// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace fleet::devcluster {

/// A file of `cassandra/` that the binary carries.
struct EmbeddedFile {
    std::string_view path;  ///< from `cassandra/`, e.g. "dev/pom.xml"
    std::string_view text;
};

/// All of them in byte order of their paths. Defined by the source that tools/embed_files.py
/// writes.
[[nodiscard]] std::span<const EmbeddedFile> embedded_files() noexcept;
/// The text of one; a path that does not exist is a programmer error.
[[nodiscard]] std::string_view embedded_text(std::string_view path) noexcept;

}  // namespace fleet::devcluster
