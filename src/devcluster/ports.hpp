// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::devcluster {

/// The inode of the socket that listens on an address and port, or on the port of all addresses, by
/// the text of /proc/net/tcp; nothing when nobody does. `address` is IPv4 in dotted form.
[[nodiscard]] std::optional<std::uint64_t> listener_inode(std::string_view proc_net_tcp,
                                                          const std::string& address, int port);

/// Who listens there, for a message: "process 4711 (java …)", "another user's process"; nothing
/// when nobody does.
[[nodiscard]] std::optional<std::string> port_holder(const std::string& address, int port);

/// MemAvailable of the text of /proc/meminfo in MiB; nothing when it does not say.
[[nodiscard]] std::optional<std::int64_t> available_mib(std::string_view meminfo);

}  // namespace fleet::devcluster
