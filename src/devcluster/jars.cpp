// SPDX-License-Identifier: Apache-2.0
#include "devcluster/jars.hpp"

#include "devcluster/embedded.hpp"
#include "devcluster/file.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>

namespace fleet::devcluster {

namespace {

constexpr std::int64_t kChecksumMs = 120'000;
constexpr std::int64_t kDownloadMs = 900'000;
constexpr std::size_t kTailBytes = 1500;
constexpr std::size_t kSumDigits = 64;

std::string tail_of(const ToolRun& run) {
    const std::string text = run.errors + run.output;
    return text.size() <= kTailBytes ? text : "…" + text.substr(text.size() - kTailBytes);
}

/// Whether every file of the list is there and as it should be.
Result<bool> complete(const std::filesystem::path& dir, const Pause& pause) {
    const auto sha256sum = find_program("sha256sum");
    if (!sha256sum) return fail(Code::not_found, "sha256sum is not installed (package coreutils)");
    std::string_view list = embedded_text("dev/jars.sha256");
    FLEET_TRY(const auto names, names_of_list(list));
    std::error_code error;
    std::string absolute;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!std::filesystem::exists(dir / names[i], error)) return false;
        const auto line = list.substr(0, list.find('\n') + 1);
        absolute += fmt::format("{}  {}\n", line.substr(0, kSumDigits), (dir / names[i]).string());
        list.remove_prefix(line.size());
    }
    const auto file = dir / "jars.sha256";
    FLEET_TRY_VOID(write_small_file(file, absolute));
    FLEET_TRY(const ToolRun run,
              run_tool({{sha256sum->string(), "--check", "--quiet", "--strict", file.string()}, {}},
                       kChecksumMs, pause));
    return run.exit_code == 0;
}

Result<void> download(const std::filesystem::path& dir, const Java& java, const Pause& pause) {
    const auto maven = find_program("mvn");
    if (!maven)
        return fail(Code::not_found,
                    fmt::format("the jars of Cassandra are not in {}, and Maven, which would fetch "
                                "them, is not installed; `apt-get install maven`, or name a "
                                "directory that has them with FLEET_CASSANDRA_JARS",
                                dir.string()));
    const auto pom = dir / "pom.xml";
    FLEET_TRY_VOID(write_small_file(pom, embedded_text("dev/pom.xml")));
    FLEET_TRY(
        const ToolRun run,
        run_tool({{maven->string(), "-B", "-q", "-f", pom.string(), "dependency:copy-dependencies",
                   "-DincludeScope=runtime", "-DoutputDirectory=" + dir.string()},
                  {"JAVA_HOME=" + java.home.string()}},
                 kDownloadMs, pause));
    if (run.exit_code != 0)
        return fail(Code::unavailable,
                    fmt::format("Maven could not fetch the jars of Cassandra: {}", tail_of(run)));
    return {};
}

}  // namespace

std::string Jars::class_path() const {
    std::string out;
    for (const std::string& name : names) {
        if (!out.empty()) out.push_back(':');
        out += (dir / name).string();
    }
    return out;
}

Result<std::filesystem::path> Jars::named(std::string_view begin) const {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
        return name.rfind(begin, 0) == 0;
    });
    if (found == names.end())
        return fail(Code::not_found, fmt::format("no jar begins with {}", begin));
    return dir / *found;
}

std::filesystem::path Jars::class_archive() const {
    return dir / fmt::format("classes-{}.jsa", key);
}

Result<std::vector<std::string>> names_of_list(std::string_view list) {
    constexpr std::string_view kBetween = "  ";
    std::vector<std::string> names;
    while (!list.empty()) {
        const std::string_view line = list.substr(0, list.find('\n'));
        const bool digits = line.find_first_not_of("0123456789abcdef") == kSumDigits &&
                            line.substr(kSumDigits, kBetween.size()) == kBetween;
        const std::string_view name =
            digits ? line.substr(kSumDigits + kBetween.size()) : std::string_view();
        if (!digits || name.empty() || name.find('/') != std::string_view::npos)
            return fail(Code::corrupt, fmt::format("'{}' is no line of sha256sum", line));
        names.emplace_back(name);
        list.remove_prefix(std::min(line.size() + 1, list.size()));
    }
    return names;
}

std::filesystem::path jars_directory(const std::string& configured) {
    if (!configured.empty()) return configured;
    const auto from = [](const char* name) {
        const char* value = std::getenv(name);
        return std::filesystem::path(value == nullptr ? "" : value);
    };
    if (const auto cache = from("XDG_CACHE_HOME"); cache.is_absolute())
        return cache / "fleet" / "cassandra";
    if (const auto home = from("HOME"); home.is_absolute())
        return home / ".cache" / "fleet" / "cassandra";
    return std::filesystem::temp_directory_path() / "fleet-cassandra-jars";
}

Result<Jars> provide_jars(const std::filesystem::path& dir, const Java& java, const Pause& pause,
                          const std::function<void(std::string_view)>& progress) {
    FLEET_TRY_VOID(make_directory(dir));
    const std::string_view list = embedded_text("dev/jars.sha256");
    Jars jars;
    jars.dir = dir;
    FLEET_TRY(jars.names, names_of_list(list));
    jars.key = fmt::format("{:016x}-{}", XXH3_64bits(list.data(), list.size()), java.version);
    progress("checking the jars");
    FLEET_TRY(const bool there, complete(dir, pause));
    if (there) return jars;
    progress("fetching the jars of Cassandra with Maven (67 MB)");
    FLEET_TRY_VOID(download(dir, java, pause));
    // It names the times of the files that it was made from.
    std::error_code ignored;
    std::filesystem::remove(jars.class_archive(), ignored);
    FLEET_TRY(const bool now_there, complete(dir, pause));
    if (!now_there)
        return fail(Code::corrupt,
                    fmt::format("the jars in {} are not those of the list (jars.sha256 there); "
                                "remove the directory and try again",
                                dir.string()));
    return jars;
}

}  // namespace fleet::devcluster
