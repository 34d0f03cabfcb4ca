// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/live_frame.hpp"
#include "live/hub.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleet::live {

using Payload = std::shared_ptr<const std::string>;

/// Frames that belong together: a client gets all of them, then stands at `seq`. Immutable and
/// shared.
struct Train {
    std::uint32_t seq = 0;
    std::size_t slots = 0;  ///< ids that a client needs for it
    std::size_t zones = 0;  ///< zone names that a client needs for it
    std::vector<Payload> frames;
};

/// What viewers of one fleet see: a row and the number of its last change for each vehicle. Grows
/// only: slots and zone numbers hold as long as the hub. Not thread-safe.
class FleetView {
  public:
    FleetView(std::string name, std::uint32_t epoch, std::size_t rows_per_frame)
        : name_(std::move(name)), epoch_(epoch), rows_per_frame_(rows_per_frame) {}

    /// A vehicle joins; its row follows by set().
    std::uint32_t add(std::string id);
    /// Changes between begin_changes() and end_changes() get one number. Nothing changed: no new
    /// number.
    void begin_changes(Timestamp now) noexcept;
    void set(std::uint32_t slot, const model::Latest& latest);
    void end_changes();

    /// Recomputes the KPIs; they count as changed when a member other than the time differs.
    void update_kpis(Timestamp now, std::int64_t window_ms, std::int64_t future_ms,
                     std::optional<std::uint64_t> critical_alerts);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::uint32_t seq() const noexcept { return seq_; }
    /// Takes the place of a view that has come to `seq`: what was seen of that one cannot be
    /// resumed.
    void replace_after(std::uint32_t seq) noexcept { seq_ = first_seq_ = seq + 1; }
    [[nodiscard]] std::uint32_t first_seq() const noexcept { return first_seq_; }
    [[nodiscard]] std::size_t slots() const noexcept { return rows_.size(); }
    [[nodiscard]] std::size_t zones() const noexcept { return zones_.size(); }
    [[nodiscard]] std::uint64_t kpi_version() const noexcept { return kpi_version_; }
    [[nodiscard]] const Payload& kpi() const noexcept { return kpi_; }

    /// All rows. May be up to kSnapshotReuse old: deltas from its seq bring it up to date.
    [[nodiscard]] std::shared_ptr<const Train> snapshot(Format format);
    /// Rows changed after `from`, and all from slot `first_unknown` on. Shared between those who
    /// ask for the same.
    [[nodiscard]] std::shared_ptr<const Train> delta(Format format, std::uint32_t from,
                                                     std::size_t first_unknown);
    /// `{"type":"ids",…}` from slot `first` on, at most a frame's worth; `end` is where the next
    /// one begins.
    [[nodiscard]] Payload ids(std::size_t first, std::size_t& end);
    /// `{"type":"zones",…}` from number first + 1 on.
    [[nodiscard]] Payload zones(std::size_t first) const;

    std::size_t subscribers = 0;
    std::vector<std::uint32_t> outdated;  ///< slots that changed while nobody watched
    std::vector<bool> is_outdated;

  private:
    static constexpr std::int64_t kSnapshotReuseMs = 2'000;

    [[nodiscard]] std::uint16_t zone_number(const std::string& zone);
    [[nodiscard]] Payload encode(Format format, codec::FrameType type, std::uint32_t seq,
                                 std::span<const codec::LiveRow> rows) const;
    [[nodiscard]] Train train() const { return {seq_, slots(), zones(), {}}; }

    std::string name_;
    std::uint32_t epoch_;
    std::size_t rows_per_frame_;
    std::vector<std::string> ids_;
    std::vector<codec::LiveRow> rows_;
    std::vector<std::uint32_t> changed_at_;  ///< by slot
    std::uint32_t seq_ = 0;
    std::uint32_t first_seq_ = 0;
    std::int64_t now_ms_ = 0;                  ///< of the last changes, base of the frames
    std::vector<std::uint32_t> last_changes_;  ///< slots of change number seq_
    bool any_change_ = false;
    std::unordered_map<std::string, std::uint16_t> zone_numbers_;
    std::vector<std::string> zones_;
    std::array<std::shared_ptr<const Train>, 2> snapshots_;  ///< by format
    std::array<std::int64_t, 2> snapshot_ms_{};
    std::map<std::pair<Format, std::uint32_t>, std::shared_ptr<const Train>>
        deltas_;                      ///< up to seq_
    std::vector<Payload> id_frames_;  ///< full ones only
    Payload kpi_;
    std::string kpi_members_;
    std::uint64_t kpi_version_ = 0;
};

}  // namespace fleet::live
