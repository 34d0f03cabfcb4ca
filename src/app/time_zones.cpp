// SPDX-License-Identifier: Apache-2.0
#include "app/time_zones.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace fleet::app {

namespace {

Result<std::string> read_zone_file(const std::string& folder, const std::string& name) {
    constexpr std::uintmax_t kMaxFile = 1 << 20;
    const auto path = std::filesystem::path(folder) / name;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        return fail(Code::not_found, fmt::format("there is no file {}", path.string()));
    const auto size = std::filesystem::file_size(path, error);
    if (error || size > kMaxFile)
        return fail(Code::io, fmt::format("{} is no zone file of at most 1 MiB", path.string()));
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in) return fail(Code::io, fmt::format("cannot read {}", path.string()));
    return std::move(bytes).str();
}

}  // namespace

codec::ZoneDatabase machine_time_zones() {
    const char* const set = std::getenv("TZDIR");
    return codec::ZoneDatabase(
        [folder = std::string(set != nullptr ? set : "/usr/share/zoneinfo")](
            const std::string& name) { return read_zone_file(folder, name); });
}

}  // namespace fleet::app
