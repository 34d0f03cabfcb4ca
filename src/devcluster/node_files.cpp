// SPDX-License-Identifier: Apache-2.0
#include "devcluster/node_files.hpp"

#include "devcluster/embedded.hpp"
#include "devcluster/file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fleet::devcluster {

namespace {

void append_options(std::vector<std::string>& arguments, std::string_view path) {
    for (std::string& line : option_lines(embedded_text(path)))
        arguments.push_back(std::move(line));
}

Result<void> write_filled(const std::filesystem::path& to, std::string_view path,
                          const std::map<std::string, std::string>& values) {
    FLEET_TRY(const std::string text, filled(embedded_text(path), values));
    return write_small_file(to, text);
}

Result<std::vector<std::string>> server_arguments(const NodeSpec& node,
                                                  const ClusterOptions& options, const Jars& jars,
                                                  ClassArchive archive) {
    FLEET_TRY(const auto agent, jars.named("jamm-"));
    std::vector<std::string> arguments;
    append_options(arguments, "dev/jvm-modules.options");
    append_options(arguments, "dev/jvm-server.options");
    const auto add = [&](std::string argument) { arguments.push_back(std::move(argument)); };
    add(fmt::format("-Xms{}m", options.heap_mib));
    add(fmt::format("-Xmx{}m", options.heap_mib));
    add(fmt::format("-XX:MaxDirectMemorySize={}m", options.heap_mib / 2));
    add(fmt::format("-javaagent:{}", agent.string()));
    if (archive != ClassArchive::none) {
        add("-XX:+UnlockDiagnosticVMOptions");
        add("-XX:+AllowArchivingWithJavaAgent");
        add(archive == ClassArchive::use
                ? fmt::format("-XX:SharedArchiveFile={}", jars.class_archive().string())
                : fmt::format("-XX:ArchiveClassesAtExit={}", archive_in_making(node).string()));
    }
    add(fmt::format("-Dcassandra.config=file://{}", (node.dir / "cassandra.yaml").string()));
    add(fmt::format("-Dcassandra-rackdc.properties=file://{}",
                    (node.dir / "cassandra-rackdc.properties").string()));
    add(fmt::format("-Dlogback.configurationFile={}", (node.dir / "logback.xml").string()));
    add(fmt::format("-Dcassandra.storagedir={}", node.dir.string()));
    add(fmt::format("-Dcassandra.logdir={}", node.dir.string()));
    add(fmt::format("-Dcassandra.jmx.local.port={}", node.jmx_port));
    add(fmt::format("-XX:ErrorFile={}", (node.dir / "hs_err.log").string()));
    add("-cp");
    add(jars.class_path());
    add("org.apache.cassandra.service.CassandraDaemon");
    return arguments;
}

}  // namespace

Result<std::string> filled(std::string_view text,
                           const std::map<std::string, std::string>& values) {
    std::string out;
    while (true) {
        const auto begin = text.find('@');
        out += text.substr(0, begin);
        if (begin == std::string_view::npos) return out;
        text.remove_prefix(begin + 1);
        const auto end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        if (end == 0 || end == std::string_view::npos || text[end] != '@') {
            out.push_back('@');
            continue;
        }
        const auto value = values.find(std::string(text.substr(0, end)));
        if (value == values.end())
            return fail(Code::internal, fmt::format("a template names @{}@", text.substr(0, end)));
        out += value->second;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string> option_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (!line.empty() && line.front() != '#') lines.emplace_back(line);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return lines;
}

std::string argument_file(const std::vector<std::string>& arguments) {
    std::string out;
    for (const std::string& argument : arguments) {
        out.push_back('"');
        for (const char c : argument) {
            if (c == '"' || c == '\\') out.push_back('\\');
            out.push_back(c);
        }
        out += "\"\n";
    }
    return out;
}

std::string marker_of(const NodeSpec& node) {
    return fmt::format("-Dfleet.node={}", node.dir.string());
}

std::filesystem::path archive_in_making(const NodeSpec& node) { return node.dir / "classes.jsa"; }

Result<void> write_node_files(const NodeSpec& node, const std::vector<NodeSpec>& all,
                              const ClusterOptions& options, const Jars& jars,
                              ClassArchive archive) {
    const std::string dir = node.dir.string();
    // They stand in YAML, XML, URLs and arguments of Java, each with escapes of its own.
    if (dir.find_first_of("\"'\\<>&%#?*:\n @") != std::string::npos)
        return fail(Code::invalid_argument,
                    fmt::format("the directory {} has a blank or a special character in its name, "
                                "which Cassandra's files cannot hold; choose another with --dir",
                                dir));
    FLEET_TRY_VOID(make_directory(node.dir));
    std::vector<std::string> seeds;
    for (const NodeSpec& seed : all) seeds.push_back(seed.address);
    constexpr std::int64_t kMemtableShare = 8;
    const std::map<std::string, std::string> values{
        {"IP", node.address},
        {"DIR", dir},
        {"DC", node.datacentre},
        {"TOKEN", node.token},
        {"SEEDS", fmt::format("{}", fmt::join(seeds, ","))},
        {"MEMTABLE", fmt::format("{}", options.heap_mib / kMemtableShare)}};
    FLEET_TRY_VOID(write_filled(node.dir / "cassandra.yaml", "dev/cassandra.yaml", values));
    FLEET_TRY_VOID(write_filled(node.dir / "cassandra-rackdc.properties",
                                "dev/cassandra-rackdc.properties", values));
    FLEET_TRY_VOID(write_filled(node.dir / "logback.xml", "dev/logback-server.xml", values));
    FLEET_TRY(const auto arguments, server_arguments(node, options, jars, archive));
    return write_small_file(node.dir / "java.args", argument_file(arguments));
}

Result<void> write_tool_files(const std::filesystem::path& dir, const Jars& jars) {
    FLEET_TRY_VOID(write_filled(dir / "logback-tools.xml", "dev/logback-tools.xml", {}));
    std::vector<std::string> arguments;
    append_options(arguments, "dev/jvm-modules.options");
    append_options(arguments, "dev/jvm-tools.options");
    arguments.push_back(
        fmt::format("-Dlogback.configurationFile={}", (dir / "logback-tools.xml").string()));
    // Else it keeps a history in the user's home.
    arguments.push_back(fmt::format("-Duser.home={}", dir.string()));
    arguments.emplace_back("-cp");
    arguments.push_back(jars.class_path());
    arguments.emplace_back("org.apache.cassandra.tools.NodeTool");
    return write_small_file(dir / "nodetool.args", argument_file(arguments));
}

}  // namespace fleet::devcluster
