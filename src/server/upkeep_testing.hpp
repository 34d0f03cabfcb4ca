// SPDX-License-Identifier: Apache-2.0
// Erasing and backups in memory, for tests.
#pragma once

#include "store/upkeep.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace fleet::server::testing {

/// One device, GONE in fleet idf, and backups that are names.
class MemoryUpkeep final : public store::FleetUpkeep {
  public:
    Result<store::Erased> erase(const model::FleetScope& scope, const std::string& device,
                                std::optional<store::ErasePeriod> period) override {
        const std::lock_guard lock(mutex_);
        if (device != "GONE" || gone_ || !scope.allows("idf"))
            return fail(Code::not_found, "there is no device " + device);
        if (period && period->from >= period->to)
            return fail(Code::invalid_argument, "from is not before to");
        asked = period;
        gone_ = !period;
        return store::Erased{3, 2, 1, period ? 0U : 4U, true};
    }
    Result<store::BackupMade> backup(const std::string& name, bool verify) override {
        const std::lock_guard lock(mutex_);
        if (off) return fail(Code::forbidden, "there are no backups here");
        if (busy) return fail(Code::busy, "another backup is being made");
        if (!store::is_backup_name(name))
            return fail(Code::invalid_argument, "name: not like this");
        const store::BackupInfo made{name, "/backups/" + name, Timestamp{0}};
        if (!made_.emplace(name, made).second)
            return fail(Code::already_exists, "there is a backup " + name + " already");
        store::BackupMade answer{made, std::nullopt};
        if (verify) answer.check = store::CopyCheck{7, 2, 0};
        return answer;
    }
    Result<std::vector<store::BackupInfo>> backups() const override {
        const std::lock_guard lock(mutex_);
        if (off) return fail(Code::forbidden, "there are no backups here");
        std::vector<store::BackupInfo> out;
        for (const auto& [name, made] : made_) out.push_back(made);
        return out;
    }

    // Set before requests run.
    bool off = false;
    bool busy = false;
    std::optional<store::ErasePeriod> asked;  ///< by the last erasure

  private:
    mutable std::mutex mutex_;
    bool gone_ = false;
    std::map<std::string, store::BackupInfo> made_;
};

}  // namespace fleet::server::testing
