// SPDX-License-Identifier: Apache-2.0
#include "devcluster/java.hpp"

#include "devcluster/file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace fleet::devcluster {

namespace {

std::optional<Java> java_at(const std::filesystem::path& home) {
    const auto release = read_small_file(home / "release", 1 << 20);
    if (!release) return std::nullopt;
    const auto version = java_version_of(*release);
    Java java{home, version.value_or("")};
    if (!version || ::access(java.program().c_str(), X_OK) != 0) return std::nullopt;
    return java;
}

bool is_wanted(const Java& java) {
    const std::string major = fmt::format("{}", kJavaVersion);
    return java.version == major || java.version.rfind(major + ".", 0) == 0;
}

std::vector<std::filesystem::path> installed_homes() {
    std::vector<std::filesystem::path> homes;
    for (const char* folder : {"/usr/lib/jvm", "/opt"}) {
        std::error_code error;
        for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
             entry.increment(error))
            homes.push_back(entry->path());
    }
    std::sort(homes.begin(), homes.end());
    return homes;
}

}  // namespace

std::optional<std::string> java_version_of(std::string_view release) {
    constexpr std::string_view kKey = "JAVA_VERSION=\"";
    while (!release.empty()) {
        const std::string_view line = release.substr(0, release.find('\n'));
        if (line.substr(0, kKey.size()) == kKey) {
            const std::string_view value = line.substr(kKey.size());
            const auto end = value.find('"');
            if (end == std::string_view::npos || end == 0) return std::nullopt;
            return std::string(value.substr(0, end));
        }
        release.remove_prefix(std::min(line.size() + 1, release.size()));
    }
    return std::nullopt;
}

Result<Java> find_java(const std::string& configured) {
    if (!configured.empty()) {
        auto java = java_at(configured);
        if (!java)
            return fail(Code::not_found, fmt::format("cassandra.java_home is {}, where there is no "
                                                     "Java",
                                                     configured));
        if (!is_wanted(*java))
            return fail(Code::unsupported,
                        fmt::format("cassandra.java_home is {}, which is Java {}; Cassandra 5.0 "
                                    "needs {}",
                                    configured, java->version, kJavaVersion));
        return *std::move(java);
    }
    std::vector<std::filesystem::path> homes = installed_homes();
    if (const char* home = std::getenv("JAVA_HOME"); home != nullptr && *home != '\0')
        homes.insert(homes.begin(), home);
    std::vector<std::string> others;
    for (const auto& home : homes) {
        const auto java = java_at(home);
        if (java && is_wanted(*java)) return *java;
        if (java) others.push_back(fmt::format("{} is {}", home.string(), java->version));
    }
    return fail(Code::not_found,
                fmt::format("there is no Java {} (looked at JAVA_HOME, /usr/lib/jvm and /opt{}{}); "
                            "install it with `apt-get install openjdk-17-jdk-headless`, or name "
                            "one with FLEET_CASSANDRA_JAVA_HOME",
                            kJavaVersion, others.empty() ? "" : ": ", fmt::join(others, ", ")));
}

}  // namespace fleet::devcluster
