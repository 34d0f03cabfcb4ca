// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::server {
class Gate;
}
namespace fleet::app {
class LocalOperator;
}

namespace fleet::model {

/// Which fleets a query may see (I12). Only the authorisation gate of the server, and the local
/// operator who owns the data directory, can make one; every reader takes one.
class FleetScope {
  public:
    [[nodiscard]] bool allows(std::string_view fleet) const {
        return all_ || std::binary_search(fleets_.begin(), fleets_.end(), fleet);
    }
    [[nodiscard]] bool all() const noexcept { return all_; }

  private:
    friend class fleet::server::Gate;
    friend class fleet::app::LocalOperator;
    friend struct ScopeForTests;
    FleetScope() = default;
    static FleetScope everything() {
        FleetScope scope;
        scope.all_ = true;
        return scope;
    }
    static FleetScope only(std::vector<std::string> fleets) {
        FleetScope scope;
        std::sort(fleets.begin(), fleets.end());
        scope.fleets_ = std::move(fleets);
        return scope;
    }

    bool all_ = false;
    std::vector<std::string> fleets_;
};

/// Makes scopes in unit tests. Production code must not name it (checked by the banned-calls test).
struct ScopeForTests {
    static FleetScope everything() { return FleetScope::everything(); }
    static FleetScope only(std::vector<std::string> fleets) {
        return FleetScope::only(std::move(fleets));
    }
};

}  // namespace fleet::model
