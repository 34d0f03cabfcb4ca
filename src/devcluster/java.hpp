// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::devcluster {

/// Cassandra 5.0 runs on this Java and on no later one (the security manager is gone there).
inline constexpr int kJavaVersion = 17;

struct Java {
    std::filesystem::path home;
    std::string version;  ///< "17.0.15"
    [[nodiscard]] std::filesystem::path program() const { return home / "bin" / "java"; }
};

/// JAVA_VERSION of the file `release` of a JDK; nothing when it does not say.
[[nodiscard]] std::optional<std::string> java_version_of(std::string_view release);

/// A Java 17: `configured` when it is not empty, else JAVA_HOME, else what lies in /usr/lib/jvm or
/// /opt; never the `java` on PATH, which may be any version. Errors: not_found, saying what was
/// looked at and what to install; unsupported when `configured` is another version.
[[nodiscard]] Result<Java> find_java(const std::string& configured);

}  // namespace fleet::devcluster
