// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_upkeep.hpp"

#include "base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace fleet::store {

namespace stdfs = std::filesystem;

namespace {

/// A slip of the pen is looked for among so many devices of a fleet at most.
constexpr std::size_t kMaxCandidates = 100'000;

/// For the time of an object.
class Turn {
  public:
    explicit Turn(std::atomic<bool>& taken) : taken_(taken), mine_(!taken.exchange(true)) {}
    ~Turn() {
        if (mine_) taken_ = false;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] bool mine() const noexcept { return mine_; }

  private:
    std::atomic<bool>& taken_;
    bool mine_;
};

Timestamp made_at(const stdfs::path& path) {
    std::error_code error;
    const auto written = stdfs::last_write_time(path, error);
    if (error) return {};
    const auto since = stdfs::file_time_type::clock::to_sys(written).time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace

LocalUpkeep::LocalUpkeep(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock,
                         stdfs::path backup_dir, engine::EngineOptions copy_options)
    : engine_(std::move(engine)),
      clock_(std::move(clock)),
      backup_dir_(std::move(backup_dir)),
      copy_options_(std::move(copy_options)) {}

Error LocalUpkeep::unknown(const model::FleetScope& scope, const std::string& device) const {
    std::vector<std::string> nearest;  // of each fleet
    for (const auto& [fleet, days] : engine_->fleets()) {
        const auto number = engine_->fleet_number(fleet);
        if (!number || !scope.allows(fleet)) continue;
        const auto handles = engine_->devices_of(*number);
        std::vector<std::string> ids;
        for (const engine::DeviceHandle handle : *handles) {
            if (ids.size() == kMaxCandidates) break;
            ids.push_back(engine_->device(handle).id);
        }
        const std::vector<std::string_view> views(ids.begin(), ids.end());
        if (const auto near = nearest_name(device, views); !near.empty())
            nearest.emplace_back(near);
    }
    const std::vector<std::string_view> views(nearest.begin(), nearest.end());
    return Error(Code::not_found,
                 fmt::format("there is no device {}{}", device, did_you_mean(device, views)));
}

Result<Erased> LocalUpkeep::erase(const model::FleetScope& scope, const std::string& device,
                                  std::optional<ErasePeriod> period) {
    const auto handle = engine_->find_device(device);
    if (!handle || !scope.allows(engine_->device(*handle).fleet)) return unknown(scope, device);
    std::optional<engine::ErasePeriod> asked;
    if (period) asked = engine::ErasePeriod{period->from, period->to};
    FLEET_TRY(const engine::EraseReport done, engine_->erase(device, asked));
    return Erased{done.rows, done.device_days, done.alerts, done.quarantined, done.scrubbed};
}

Result<void> LocalUpkeep::check_on() const {
    if (!backup_dir_.empty()) return {};
    return fail(Code::forbidden,
                "this server makes no backups: give backup.dir in its configuration");
}

Result<CopyCheck> LocalUpkeep::check_copy(const stdfs::path& dir) const {
    engine::EngineOptions options = copy_options_;
    options.dir = dir;
    // A fault of the copy is an error of this call, and not of the process.
    options.on_fatal = [](const Error&) {};
    const auto opened = engine::Engine::open(options, clock_);
    if (!opened) return fail(opened.error().within("the copy cannot be opened"));
    FLEET_TRY(const engine::VerifyReport found, (*opened)->verify(false));
    FLEET_TRY_VOID((*opened)->stop());
    return CopyCheck{found.rows, found.device_days, found.difference_count};
}

Result<BackupMade> LocalUpkeep::backup(const std::string& name, bool verify) {
    FLEET_TRY_VOID(check_on());
    if (!is_backup_name(name))
        return fail(
            Code::invalid_argument,
            fmt::format("name: 1 to {} of A-Z a-z 0-9 . _ -, not a dot first", kMaxBackupName));
    const Turn turn(backing_up_);
    if (!turn.mine()) return fail(Code::busy, "another backup is being made");
    std::error_code error;
    stdfs::create_directories(backup_dir_, error);
    if (error)
        return fail(Code::io,
                    fmt::format("backup.dir {}: {}", backup_dir_.string(), error.message()));
    const stdfs::path to = stdfs::absolute(backup_dir_ / name);
    if (stdfs::exists(to, error))
        return fail(Code::already_exists, fmt::format("there is a backup {} already", name));
    FLEET_TRY_VOID(engine_->backup(to));
    BackupMade made{{name, to.string(), made_at(to / "FORMAT")}, std::nullopt};
    if (verify) {
        FLEET_TRY(made.check, check_copy(to));
    }
    return made;
}

Result<std::vector<BackupInfo>> LocalUpkeep::backups() const {
    FLEET_TRY_VOID(check_on());
    std::vector<BackupInfo> found;
    std::error_code error;
    if (!stdfs::exists(backup_dir_, error)) return found;
    for (stdfs::directory_iterator it(backup_dir_, error), end; !error && it != end;
         it.increment(error)) {
        const std::string name = it->path().filename().string();
        std::error_code none;
        if (name.ends_with(".partial") || !is_backup_name(name) ||
            !stdfs::exists(it->path() / "FORMAT", none))
            continue;
        found.push_back(
            {name, stdfs::absolute(it->path()).string(), made_at(it->path() / "FORMAT")});
    }
    if (error)
        return fail(Code::io,
                    fmt::format("backup.dir {}: {}", backup_dir_.string(), error.message()));
    std::sort(found.begin(), found.end(),
              [](const BackupInfo& a, const BackupInfo& b) { return a.name < b.name; });
    return found;
}

}  // namespace fleet::store
