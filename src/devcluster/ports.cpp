// SPDX-License-Identifier: Apache-2.0
#include "devcluster/ports.hpp"

#include "devcluster/file.hpp"
#include "devcluster/number.hpp"
#include "devcluster/process.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

namespace fleet::devcluster {

namespace {

constexpr std::size_t kMaxProcText = 16 << 20;

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (true) {
        const auto begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return words;
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

std::string shortened(std::string text) {
    constexpr std::size_t kShown = 80;
    if (text.size() > kShown) text = text.substr(0, kShown) + "…";
    return text;
}

/// The process that has a socket open, as far as we may look.
std::optional<pid_t> owner_of(std::uint64_t inode) {
    const std::string wanted = fmt::format("socket:[{}]", inode);
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const auto pid = number_of<pid_t>(entry->path().filename().string());
        if (!pid) continue;
        std::error_code hidden;
        for (std::filesystem::directory_iterator fd(entry->path() / "fd", hidden);
             !hidden && fd != end; fd.increment(hidden)) {
            std::error_code gone;
            if (std::filesystem::read_symlink(fd->path(), gone) == wanted) return pid;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> listener_inode(std::string_view proc_net_tcp,
                                            const std::string& address, int port) {
    in_addr ip{};
    if (::inet_pton(AF_INET, address.c_str(), &ip) != 1) return std::nullopt;
    // The kernel prints the 32 bits as the machine holds them.
    const std::string mine = fmt::format("{:08X}:{:04X}", ip.s_addr, port);
    const std::string any = fmt::format("{:08X}:{:04X}", 0, port);
    constexpr std::string_view kListens = "0A";
    while (!proc_net_tcp.empty()) {
        const std::string_view line = proc_net_tcp.substr(0, proc_net_tcp.find('\n'));
        proc_net_tcp.remove_prefix(std::min(line.size() + 1, proc_net_tcp.size()));
        const auto words = words_of(line);
        if (words.size() < 10 || words[3] != kListens || (words[1] != mine && words[1] != any))
            continue;
        return number_of<std::uint64_t>(words[9]);
    }
    return std::nullopt;
}

std::optional<std::string> port_holder(const std::string& address, int port) {
    const auto table = read_small_file("/proc/net/tcp", kMaxProcText);
    if (!table) return std::nullopt;
    const auto inode = listener_inode(*table, address, port);
    if (!inode) return std::nullopt;
    const auto pid = owner_of(*inode);
    if (!pid) return "another user's process";
    return fmt::format("process {} ({})", *pid, shortened(command_line(*pid)));
}

std::optional<std::int64_t> available_mib(std::string_view meminfo) {
    constexpr std::string_view kKey = "MemAvailable:";
    const auto at = meminfo.find(kKey);
    if (at == std::string_view::npos) return std::nullopt;
    const auto words = words_of(meminfo.substr(at + kKey.size(), 64));
    if (words.empty()) return std::nullopt;
    const auto kib = number_of<std::int64_t>(words.front());
    return kib ? std::optional(*kib / 1024) : std::nullopt;
}

}  // namespace fleet::devcluster
