// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "devcluster/java.hpp"
#include "devcluster/process.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::devcluster {

/// The jars of Cassandra in a directory, each with the content that the list names.
struct Jars {
    std::filesystem::path dir;
    std::vector<std::string> names;  ///< of files in `dir`
    /// Of the archives of loaded classes beside them: another list or another Java, another
    /// archive.
    std::string key;

    [[nodiscard]] std::string class_path() const;
    /// The jar whose name begins so. Errors: not_found.
    [[nodiscard]] Result<std::filesystem::path> named(std::string_view begin) const;
    /// Classes as Java keeps them ready; there after the first cluster that used these jars ended.
    [[nodiscard]] std::filesystem::path class_archive() const;
};

/// File names of a list of sha256sum. Errors: corrupt.
[[nodiscard]] Result<std::vector<std::string>> names_of_list(std::string_view list);

/// `configured` when it is not empty, else `fleet/cassandra` in the user's cache directory.
[[nodiscard]] std::filesystem::path jars_directory(const std::string& configured);

/// The jars of the embedded list in `dir`; when one is missing or differs, Maven brings them, and
/// they are compared again. Errors: not_found when Maven is wanted and not there; io, corrupt.
/// `progress` is told before what takes long.
[[nodiscard]] Result<Jars> provide_jars(const std::filesystem::path& dir, const Java& java,
                                        const Pause& pause,
                                        const std::function<void(std::string_view)>& progress);

}  // namespace fleet::devcluster
