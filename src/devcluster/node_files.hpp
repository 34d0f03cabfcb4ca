// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "devcluster/jars.hpp"
#include "devcluster/layout.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::devcluster {

/// Puts values in place of @NAME@. Errors: internal for a name without value.
[[nodiscard]] Result<std::string> filled(std::string_view text,
                                         const std::map<std::string, std::string>& values);

/// The lines of an option file, without comments and empty ones.
[[nodiscard]] std::vector<std::string> option_lines(std::string_view text);

/// Arguments as java's @files want them: one a line, in quotes.
[[nodiscard]] std::string argument_file(const std::vector<std::string>& arguments);

/// How a node's Java uses the archive of classes that are loaded already.
enum class ClassArchive : std::uint8_t { none, use, make };

/// What tells a node's process from all others in its command line.
[[nodiscard]] std::string marker_of(const NodeSpec& node);

/// Writes configuration, logging and arguments of a node into its directory. Errors: io, not_found
/// (a jar), invalid_argument for a directory whose name no configuration file can hold.
[[nodiscard]] Result<void> write_node_files(const NodeSpec& node, const std::vector<NodeSpec>& all,
                                            const ClusterOptions& options, const Jars& jars,
                                            ClassArchive archive);
/// The file of arguments of nodetool, for all nodes of the cluster in `dir`.
[[nodiscard]] Result<void> write_tool_files(const std::filesystem::path& dir, const Jars& jars);

/// Where a node makes its archive of classes; it takes its final name when the node has ended well.
[[nodiscard]] std::filesystem::path archive_in_making(const NodeSpec& node);

}  // namespace fleet::devcluster
