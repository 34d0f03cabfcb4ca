// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/scope.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::store {

/// Event times with from ≤ ts < to.
struct ErasePeriod {
    Timestamp from;
    Timestamp to;
};

/// What an erasure took.
struct Erased {
    std::uint64_t rows = 0;
    std::uint64_t device_days = 0;
    std::uint64_t alerts = 0;
    std::uint64_t quarantined = 0;
    bool scrubbed = false;  ///< no file of the store holds bytes of it any more
};

struct BackupInfo {
    std::string name;
    std::string path;  ///< of the directory, on the machine of the store
    Timestamp made;
};

/// What reopening a copy and recomputing everything in it has found.
struct CopyCheck {
    std::uint64_t rows = 0;
    std::uint64_t device_days = 0;
    std::uint64_t differences = 0;  ///< the store has them too
};

struct BackupMade {
    BackupInfo backup;
    std::optional<CopyCheck> check;  ///< nothing: it was not asked for
};

inline constexpr std::size_t kMaxBackupName = 64;
/// `[A-Za-z0-9._-]{1,64}` that does not begin with a dot.
[[nodiscard]] bool is_backup_name(std::string_view name) noexcept;
/// "20261125T101500Z"
[[nodiscard]] std::string default_backup_name(Timestamp now);

/// What those who run a store do with it while it runs. Who may do it is decided before these
/// calls; erasing has a scope besides. Thread-safe; the calls take as long as the work takes.
class FleetUpkeep {
  public:
    virtual ~FleetUpkeep() = default;

    /// Removes a device, or its rows of a period, with all that follows from them, for ever;
    /// docs/erasure.md. not_found: the scope has no such device, the message names the nearest one.
    /// invalid_argument: from ≥ to.
    [[nodiscard]] virtual Result<Erased> erase(const model::FleetScope& scope,
                                               const std::string& device,
                                               std::optional<ErasePeriod> period) = 0;

    /// Copies the store while writes go on: everything that was acknowledged before the call is in
    /// the copy. `verify`: opens it then and recomputes everything. One at a time. Errors:
    /// invalid_argument (no name for a backup), already_exists, busy (one is being made), forbidden
    /// (this store makes none), unavailable (no space).
    [[nodiscard]] virtual Result<BackupMade> backup(const std::string& name, bool verify) = 0;
    /// Those that are there, by name. Errors: forbidden, io.
    [[nodiscard]] virtual Result<std::vector<BackupInfo>> backups() const = 0;
};

}  // namespace fleet::store
