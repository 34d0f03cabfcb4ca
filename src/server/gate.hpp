// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/scope.hpp"
#include "server/http.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fleet::server {

/// Who may do what: the only maker of scopes in the server (I12), and the checks that keep other
/// web sites out. Until accounts exist, whoever reaches the listener is the operator; that is why
/// it is bound to loopback by default.
class Gate {
  public:
    /// `check_host`: the listener is on loopback, so a Host that is no name of this machine means
    /// DNS rebinding. `names`: further accepted host names, as in ServerOptions::host_names.
    Gate(bool check_host, const std::vector<std::string>& names);

    /// The refusal of a request that comes from the wrong place, or nothing.
    [[nodiscard]] std::optional<Response> refuse(const RequestHead& head) const;
    [[nodiscard]] model::FleetScope scope() const { return model::FleetScope::everything(); }

  private:
    [[nodiscard]] bool is_ours(std::string_view host) const;

    bool check_host_;
    std::vector<std::string> names_;
};

/// Host without port and brackets, lower case: `[::1]:8501` → `::1`.
[[nodiscard]] std::string host_name(std::string_view host);
/// localhost, names below it, 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback_name(std::string_view name) noexcept;

}  // namespace fleet::server
