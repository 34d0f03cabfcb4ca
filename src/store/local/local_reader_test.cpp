// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_reader.hpp"

#include "store/contract/contract.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace fleet::store::contract {
namespace {

/// A directory of its own that goes when the test ends.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string path = (std::filesystem::temp_directory_path() / "fleet-store-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) ADD_FAILURE() << "cannot make " << path;
        path_ = path;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;  // what is left in the temporary folder harms nobody
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

class EngineBackend final : public Backend {
  public:
    explicit EngineBackend(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {
        open();
    }

    FleetReader& reader() override { return *reader_; }

    Added add(std::span<const model::Record> records) override {
        engine::Batch batch;
        batch.source = "contract";
        for (const model::Record& record : records) {
            batch.rows.indexes.push_back(static_cast<std::uint32_t>(batch.rows.records.size()));
            batch.rows.records.push_back(record);
        }
        const auto result = engine_->submit_and_wait(std::move(batch));
        Added added;
        if (!result) {
            ADD_FAILURE() << result.error().message;
            return added;
        }
        for (const engine::RowStatus status : result->statuses) {
            EXPECT_NE(status, engine::RowStatus::rejected);
            added.kinds.push_back(status == engine::RowStatus::stored ? AddOutcome::Kind::stored
                                  : status == engine::RowStatus::conflict
                                      ? AddOutcome::Kind::conflict
                                      : AddOutcome::Kind::duplicate);
        }
        added.late = result->late;
        return added;
    }

    void register_device(const std::string& id, const std::string& fleet) override {
        const auto done = engine_->register_device(id, fleet);
        EXPECT_TRUE(done) << done.error().message;
    }
    void set_retention(const std::string& fleet, int days) override {
        const auto done = engine_->set_retention(fleet, days);
        EXPECT_TRUE(done) << done.error().message;
    }

    void disturb(unsigned dice) override {
        if (dice == 2) {
            reader_.reset();
            const auto stopped = engine_->stop();
            EXPECT_TRUE(stopped) << stopped.error().message;
            engine_.reset();
            open();
            return;
        }
        const auto done = dice == 0 ? engine_->checkpoint() : engine_->compact();
        EXPECT_TRUE(done) << done.error().message;
    }

  private:
    TemporaryDirectory directory_;
    std::shared_ptr<const Clock> clock_;
    std::shared_ptr<engine::Engine> engine_;
    std::unique_ptr<LocalReader> reader_;

    void open() {
        engine::EngineOptions options;
        options.dir = directory_.path();
        options.durability = engine::Durability::process;  // no power fails in this test
        options.disk_reserve_bytes = 0;
        auto engine = engine::Engine::open(options, clock_);
        ASSERT_TRUE(engine) << engine.error().message;
        engine_ = std::move(*engine);
        reader_ = std::make_unique<LocalReader>(engine_, clock_);
    }
};

INSTANTIATE_TEST_SUITE_P(Local, ReaderContract,
                         testing::Values(BackendKind{"local",
                                                     [](std::shared_ptr<const Clock> clock) {
                                                         return std::make_unique<EngineBackend>(
                                                             std::move(clock));
                                                     }}),
                         kind_name);

}  // namespace
}  // namespace fleet::store::contract
