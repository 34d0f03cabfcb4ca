// SPDX-License-Identifier: Apache-2.0
// A whole server over a memory store, for tests.
#pragma once

#include "base/check.hpp"
#include "codec/week_hours.hpp"
#include "ingest/ingest_port.hpp"
#include "live/hub.hpp"
#include "server/client_testing.hpp"
#include "server/control_testing.hpp"
#include "server/server.hpp"
#include "server/upkeep_testing.hpp"
#include "store/memory/memory_store.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace fleet::server::testing {

/// Noon of a day, so that "an hour ago" is the same day.
inline constexpr std::int64_t kNoon = 1'795'608'000'000;  // 2026-11-25T12:00:00Z

/// Stores into a MemoryStore, and can be told to refuse, or to keep its answers back.
class FakePort final : public ingest::IngestPort {
  public:
    explicit FakePort(std::shared_ptr<store::MemoryStore> store) : store_(std::move(store)) {}

    void submit(ingest::Batch batch, Completion done) override {
        std::unique_lock lock(mutex_);
        if (refuse_with) {
            const Error error = *refuse_with;
            stats_.accounting.refused += batch.rows.rows();
            stats_.accounting.received += batch.rows.rows();
            lock.unlock();
            done(fail(error));
            return;
        }
        ++batches_;
        last_source = batch.source;
        if (hold) {
            held_.emplace_back(std::move(batch), std::move(done));
            changed_.notify_all();
            return;
        }
        Result<ingest::BatchResult> result = apply(batch);
        lock.unlock();
        done(std::move(result));
    }
    void count_refused(std::uint64_t records) override {
        const std::lock_guard lock(mutex_);
        stats_.accounting.refused += records;
        stats_.accounting.received += records;
    }
    Timestamp earliest(std::string_view, Timestamp now) const override {
        return {now.ms - 30 * kMsPerDay};
    }
    Result<std::vector<ingest::QuarantineEntry>> newest_quarantined(
        std::size_t limit) const override {
        const std::lock_guard lock(mutex_);
        std::vector<ingest::QuarantineEntry> out(quarantine.rbegin(), quarantine.rend());
        if (out.size() > limit) out.resize(limit);
        return out;
    }
    ingest::EngineStats stats() const override {
        const std::lock_guard lock(mutex_);
        return stats_;
    }

    void wait_for_held(std::size_t count) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                      [&] { return held_.size() >= count; }));
    }
    void release() {
        std::vector<std::pair<ingest::Batch, Completion>> held;
        {
            const std::lock_guard lock(mutex_);
            hold = false;
            held.swap(held_);
        }
        for (auto& [batch, done] : held) {
            Result<ingest::BatchResult> result = [&] {
                const std::lock_guard lock(mutex_);
                return apply(batch);
            }();
            done(std::move(result));
        }
    }
    std::size_t batches() const {
        const std::lock_guard lock(mutex_);
        return batches_;
    }

    std::optional<Error> refuse_with;  ///< set before requests run
    std::atomic<bool> hold{false};
    std::string last_source;
    std::vector<ingest::QuarantineEntry> quarantine;  ///< oldest first; set before requests run
    std::function<void(const std::string& device)> on_change = [](const std::string&) {};

  private:
    Result<ingest::BatchResult> apply(const ingest::Batch& batch) {
        ingest::BatchResult result;
        auto& a = stats_.accounting;
        for (const model::Record& record : batch.rows.records) {
            const std::string id(record.device);
            if (!batch.auto_register && !store_->device(model::ScopeForTests::everything(), id)) {
                result.statuses.push_back(ingest::RowStatus::rejected);
                ++a.quarantined_by_reason[static_cast<std::size_t>(model::Reason::unknown_device)];
                ++a.quarantined;
                continue;
            }
            using Kind = store::AddOutcome::Kind;
            const store::AddOutcome outcome = store_->add(record, batch.default_fleet);
            switch (outcome.kind) {
                case Kind::stored:
                    result.statuses.push_back(ingest::RowStatus::stored), ++result.stored;
                    break;
                case Kind::duplicate:
                    result.statuses.push_back(ingest::RowStatus::duplicate), ++result.duplicates;
                    break;
                case Kind::conflict:
                    result.statuses.push_back(ingest::RowStatus::conflict), ++result.conflicts;
                    break;
                case Kind::refused:
                    result.statuses.push_back(ingest::RowStatus::rejected), ++a.quarantined;
                    break;
            }
            if (outcome.late) ++result.late;
            on_change(id);
        }
        for (const model::Reject& reject : batch.rows.rejects) {
            ++a.quarantined;
            ++a.quarantined_by_reason[static_cast<std::size_t>(reject.reason)];
        }
        a.received += batch.rows.rows();
        a.stored += result.stored;
        a.duplicates += result.duplicates;
        a.conflicts += result.conflicts;
        a.late += result.late;
        stats_.journal_sequence = result.sequence = ++sequence_;
        return result;
    }

    std::shared_ptr<store::MemoryStore> store_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::pair<ingest::Batch, Completion>> held_;
    ingest::EngineStats stats_;
    std::size_t batches_ = 0;
    std::uint64_t sequence_ = 0;
};

/// The memory store as the hub sees an engine.
class StoreSource final : public live::Source {
  public:
    explicit StoreSource(std::shared_ptr<store::MemoryStore> store) : store_(std::move(store)) {}

    std::optional<std::uint32_t> fleet_number(std::string_view fleet) const override {
        const auto fleets = store_->fleets(model::ScopeForTests::everything());
        for (const auto& info : fleets.value())
            if (info.id == fleet) return number_of(info.id);
        return std::nullopt;
    }
    std::shared_ptr<const std::vector<live::DeviceHandle>> devices_of(
        std::uint32_t fleet) const override {
        auto out = std::make_shared<std::vector<live::DeviceHandle>>();
        const std::string name = name_of(fleet);
        const auto page =
            store_->devices(model::ScopeForTests::everything(), name, {store::kMaxLimit, {}});
        for (const auto& device : page.value().items) out->push_back(handle_of(device.id));
        return out;
    }
    std::uint32_t fleet_of(live::DeviceHandle device) const override {
        return number_of(
            store_->device(model::ScopeForTests::everything(), id_of(device)).value().fleet);
    }
    std::string id_of(live::DeviceHandle device) const override { return name_of(device.value); }
    model::Latest latest(live::DeviceHandle device) const override {
        return store_->latest(model::ScopeForTests::everything(), id_of(device)).value().latest;
    }
    std::optional<std::uint64_t> critical_alerts(std::uint32_t fleet) const override {
        return store_->kpis(model::ScopeForTests::everything(), name_of(fleet), Timestamp{kNoon}, 0)
            .value()
            .critical_alerts;
    }
    live::DeviceHandle handle_of(const std::string& device) const { return {number_of(device)}; }

  private:
    std::uint32_t number_of(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        const auto [found, fresh] =
            numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
        if (fresh) names_.push_back(name);
        return found->second;
    }
    std::string name_of(std::uint32_t number) const {
        const std::lock_guard lock(mutex_);
        return names_.at(number);
    }

    std::shared_ptr<store::MemoryStore> store_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, std::uint32_t>
        numbers_;  ///< fleets and devices have different names in these tests
    mutable std::vector<std::string> names_;
};

/// Starts a server on a free port. Derived tests change `options` before start().
class SiteTest : public ::testing::Test {
  public:
    SiteTest() {
        options.listen = "127.0.0.1:0";
        options.limits.drain_ms = 5'000;
    }
    ~SiteTest() override {
        if (server) {
            port_fake->release();
            server->request_stop();
            server->join();
        }
    }

  protected:
    void start(bool ready = true) {
        auto started = Server::start(options, clock);
        ASSERT_TRUE(started) << started.error().message;
        server = std::move(started).value();
        hub = live::Hub::create({.epoch = 7, .tick_ms = 20}, source, clock);
        port_fake->on_change = [this](const std::string& device) {
            hub->changed(source->handle_of(device), 0);
        };
        if (ready) set_ready();
    }
    void set_ready() { server->set_ready({memory, port_fake, hub, control, utc_only, upkeep}); }
    /// No zone database: hours are in UTC or at an offset.
    static codec::ZoneDatabase utc_only() {
        return codec::ZoneDatabase([](const std::string& name) -> Result<std::string> {
            return fail(Code::not_found, "no zone " + name);
        });
    }

    HttpAnswer get(std::string_view target, std::string_view headers = "") {
        return fetch(server->port(), "GET", target, headers);
    }
    HttpAnswer post(std::string_view type, std::string_view body, std::string_view more = "",
                    std::string_view target = "/api/v1/ingest") {
        return fetch(server->port(), "POST", target,
                     "Content-Type: " + std::string(type) + "\r\n" + std::string(more), body);
    }
    nlohmann::json json_of(std::string_view target) {
        const HttpAnswer answer = get(target);
        EXPECT_EQ(answer.status, 200) << target << " " << answer.body;
        EXPECT_EQ(answer.header("content-type"), "application/json") << target;
        return nlohmann::json::parse(answer.body);
    }
    /// Expects a problem document and returns its code.
    std::string problem_of(const HttpAnswer& answer, int status) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(answer.header("content-type"), "application/problem+json");
        const auto json = nlohmann::json::parse(answer.body, nullptr, false);
        if (!json.is_object()) return "no JSON: " + answer.body;
        EXPECT_EQ(json["status"], status);
        EXPECT_FALSE(json["detail"].get<std::string>().empty());
        return json["code"];
    }

    ServerOptions options;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Timestamp{kNoon});
    std::shared_ptr<store::MemoryStore> memory = std::make_shared<store::MemoryStore>(clock);
    std::shared_ptr<FakePort> port_fake = std::make_shared<FakePort>(memory);
    std::shared_ptr<MemoryControl> control = std::make_shared<MemoryControl>(memory);
    std::shared_ptr<MemoryUpkeep> upkeep = std::make_shared<MemoryUpkeep>();
    std::shared_ptr<StoreSource> source = std::make_shared<StoreSource>(memory);
    std::shared_ptr<live::Hub> hub;
    std::unique_ptr<Server> server;
};

}  // namespace fleet::server::testing
