// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/change_feed.hpp"
#include "engine/journal_reader.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace fleet::engine {

class Head;
class Journal;
class Registry;
class Tables;

/// The change feed of the embedded engine: reads the journal behind the writer, and holds back its
/// trimming. Thread-safe.
class EmbeddedFeed final : public ChangeFeed {
  public:
    struct Parts {
        const Registry& registry;
        Head& head;
        Journal& journal;
        std::filesystem::path journal_dir;
        std::shared_ptr<FileSystem> fs;
        /// Newest entry that is applied together with all before it.
        std::function<std::uint64_t()> applied;
        std::uint64_t max_backlog_bytes = 0;
        bool fresh = false;  ///< there was no checkpoint yet: the journal has everything
    };
    /// Where the copy stands, from the tables; marks what the journal no longer has. Before
    /// anything new is written. The marks of the head are on already.
    [[nodiscard]] static Result<std::unique_ptr<EmbeddedFeed>> open(Parts parts,
                                                                    const Tables& tables);

    [[nodiscard]] Result<std::vector<FeedEntry>> next(std::uint64_t max_bytes) override;
    void begin_again() override;
    void copied(std::uint64_t sequence) override;
    [[nodiscard]] std::uint64_t position() const override { return position_; }
    [[nodiscard]] std::uint64_t lag() const override;
    [[nodiscard]] Result<std::vector<FeedDay>> days(std::size_t limit) const override;
    [[nodiscard]] Result<void> day_copied(const FeedDay& day) override;
    [[nodiscard]] Result<std::vector<FeedAlert>> alerts(std::size_t limit) const override;
    [[nodiscard]] Result<std::optional<AlertRow>> alert(const FeedAlert& alert) const override;
    [[nodiscard]] Result<void> alert_copied(const FeedAlert& alert) override;
    [[nodiscard]] Result<model::DayHours> hours(std::uint32_t fleet, Day day,
                                                std::uint8_t shard) const override;
    [[nodiscard]] Result<bool> lost_values(DeviceHandle device, std::int64_t ts_ms) const override;

    /// Before a checkpoint that covers entries up to `through`: if the backlog is too large, its
    /// entries become marks, which that checkpoint writes. Returns up to where the journal may go.
    [[nodiscard]] Result<std::uint64_t> before_checkpoint(std::uint64_t through);
    [[nodiscard]] static std::string encode_position(std::uint64_t position);

  private:
    explicit EmbeddedFeed(Parts parts);
    [[nodiscard]] Result<void> mark_everything();
    /// False: the entry must be told itself.
    [[nodiscard]] Result<bool> mark_entry(std::string_view payload);

    const Parts parts_;
    std::atomic<std::uint64_t> position_{0};
    std::mutex mutex_;
    JournalReader reader_;
    std::uint64_t given_ = 0;  ///< last entry that next() gave out
};

/// Row of the tables with the position; empty after a checkpoint without a feed.
inline constexpr std::string_view kFeedMeta = "feed";

}  // namespace fleet::engine
