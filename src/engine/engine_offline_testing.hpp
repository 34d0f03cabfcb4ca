// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine_testing.hpp"
#include "engine/tables.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleet::engine::test {

inline constexpr std::int64_t kMin = kMsPerMinute;
inline constexpr std::int64_t kNoon = kStart + 12 * kMsPerHour;

/// Moved by the test; jump() moves the wall clock alone, as an administrator or a sleeping machine.
class TestClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return {now_ms_}; }
    [[nodiscard]] std::int64_t monotonic_ns() const override {
        return (now_ms_ - jumped_ms_) * 1'000'000;
    }
    void set_minute(double minute) {
        now_ms_ = kNoon + jumped_ms_ + static_cast<std::int64_t>(minute * kMin);
    }
    void set_ms(std::int64_t ms) { now_ms_ = ms; }
    void jump(std::int64_t ms) {
        jumped_ms_ += ms;
        now_ms_ += ms;
    }

  private:
    std::atomic<std::int64_t> now_ms_{kNoon};
    std::atomic<std::int64_t> jumped_ms_{0};
};

struct Options {
    bool watch = true;
    bool notify = false;
    int retention_days = 0;
};

class Offline : public testing::Test {
  protected:
    Offline() { open(); }

    void open(Options wanted = {}, const std::filesystem::path& dir = {}) {
        engine_.reset();
        EngineOptions options;
        options.dir = dir.empty() ? directory_.path() / "data" : dir;
        options.retention_days = wanted.retention_days;
        options.checkpoint_interval_ms = 20 * 365 * kMsPerDay;
        options.disk_reserve_bytes = 0;
        options.durability = Durability::process;
        options.watch_offline = wanted.watch;
        options.notify = wanted.notify;
        auto opened = Engine::open(options, clock_);
        ASSERT_TRUE(opened) << opened.error().message;
        engine_ = std::move(opened).value();
    }
    /// What kill -9 would leave, opened again.
    void crash(Options wanted = {}) {
        const auto copy = directory_.path() / fmt::format("copy-{}", ++copies_);
        std::filesystem::copy(engine_dir_, copy, std::filesystem::copy_options::recursive);
        open(wanted, copy);
        engine_dir_ = copy;
    }

    Batch batch(std::string_view device, const std::vector<std::int64_t>& times,
                std::string_view fleet = "north") {
        Batch out;
        out.source = "test";
        out.default_fleet = fleet;
        for (const std::int64_t ts : times) {
            model::Record& record = out.rows.records.emplace_back();
            record.device = device;
            record.ts = {ts};
            record.set(model::Field::lat, 48'000'000);
            record.set(model::Field::lon,
                       static_cast<std::int32_t>(2'000'000 + (ts - kNoon) / kMin));
            out.rows.indexes.push_back(static_cast<std::uint32_t>(out.rows.indexes.size()));
        }
        return out;
    }
    /// Records of V-1 at these minutes after noon, in one batch, arriving now.
    void put(std::vector<std::int64_t> minutes, std::string_view device = "V-1") {
        for (std::int64_t& minute : minutes) minute = kNoon + minute * kMin;
        const auto done = engine_->submit_and_wait(batch(device, minutes));
        ASSERT_TRUE(done) << done.error().message;
    }

    std::vector<AlertRow> rows(bool retracted = false, std::string_view fleet = "north") {
        AlertQuery query;
        query.fleet = *engine_->fleet_number(fleet);
        query.from = {0};
        query.to = {4'000'000'000'000};
        query.type = model::RuleType::offline;
        query.retracted = retracted;
        query.limit = 100'000;
        auto page = engine_->alerts(query);
        EXPECT_TRUE(page) << page.error().message;
        return page ? std::move(page->items) : std::vector<AlertRow>();
    }
    /// Start and end of each in minutes after noon, oldest first; an open one has no end.
    std::string alerts(bool retracted = false) {
        std::string out;
        auto all = rows(retracted);
        std::reverse(all.begin(), all.end());
        for (const AlertRow& a : all) {
            if (!out.empty()) out += ' ';
            out += fmt::format("{}{}-", a.retracted ? "!" : "", (a.run.start_ms - kNoon) / kMin);
            if (a.run.end_ms) out += fmt::format("{}", (*a.run.end_ms - kNoon) / kMin);
        }
        return out;
    }
    void act(const model::AlertId& id, AlertAction::Kind kind) {
        AlertAction action;
        action.kind = kind;
        action.who = "ann";
        const auto done = engine_->act_on_alert(id, std::move(action));
        ASSERT_TRUE(done) << done.error().message;
    }
    /// Keys of a space of the closed store.
    std::vector<std::string> keys(Space space) {
        engine_.reset();
        std::vector<std::string> out;
        const auto tables = Tables::open(engine_dir_ / "tables");
        EXPECT_TRUE(tables);
        if (!tables) return out;
        const auto scanned = (*tables)->scan(
            space, "", "", [&](std::string_view key, std::string_view) -> Result<bool> {
                out.emplace_back(key);
                return true;
            });
        EXPECT_TRUE(scanned);
        return out;
    }
    void verified() {
        const auto report = engine_->verify(false);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(report->differences, std::vector<std::string>{});
    }

    TemporaryDirectory directory_;
    std::filesystem::path engine_dir_ = directory_.path() / "data";
    std::shared_ptr<TestClock> clock_ = std::make_shared<TestClock>();
    std::unique_ptr<Engine> engine_;
    int copies_ = 0;
};

}  // namespace fleet::engine::test
