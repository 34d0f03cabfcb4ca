// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_reader.hpp"

#include "store/contract/contract.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
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

/// How records go into the engine: acknowledged one batch after the other, as from a server; as a
/// load without journal, in two halves at the same time; or both ways in turn.
enum class Way { submitted, bulk, mixed };

class EngineBackend final : public Backend {
  public:
    EngineBackend(std::shared_ptr<const Clock> clock, Way way)
        : clock_(std::move(clock)), way_(way) {
        open();
    }

    FleetReader& reader() override { return *reader_; }

    Added add(std::span<const model::Record> records) override {
        ++adds_;
        const bool bulk = way_ == Way::bulk || (way_ == Way::mixed && adds_ % 2 == 0);
        return bulk ? load(records) : submit(records);
    }

    void register_device(const std::string& id, const std::string& fleet) override {
        const auto done = engine_->register_device(id, fleet);
        EXPECT_TRUE(done) << done.error().message;
    }
    void change_device(const model::DeviceChange& change) override {
        const auto done = engine_->change_devices({change});
        EXPECT_TRUE(done) << done.error().message;
    }
    void move_device(const std::string& id, const std::string& fleet, Day from) override {
        const auto done = engine_->move_devices({{id, fleet, from}});
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
    Way way_;
    std::uint64_t adds_ = 0;
    std::shared_ptr<engine::Engine> engine_;
    std::unique_ptr<LocalReader> reader_;

    static engine::Batch batch_of(std::span<const model::Record> records) {
        engine::Batch batch;
        batch.source = "contract";
        for (const model::Record& record : records) {
            batch.rows.indexes.push_back(static_cast<std::uint32_t>(batch.rows.records.size()));
            batch.rows.records.push_back(record);
        }
        return batch;
    }

    Added submit(std::span<const model::Record> records) {
        const auto result = engine_->submit_and_wait(batch_of(records));
        Added added;
        if (!result) {
            ADD_FAILURE() << result.error().message;
            return added;
        }
        for (const engine::RowStatus status : result->statuses) {
            added.count(status == engine::RowStatus::stored     ? AddOutcome::Kind::stored
                        : status == engine::RowStatus::rejected ? AddOutcome::Kind::refused
                        : status == engine::RowStatus::conflict ? AddOutcome::Kind::conflict
                                                                : AddOutcome::Kind::duplicate);
        }
        EXPECT_EQ(result->stored, added.stored);
        EXPECT_EQ(result->duplicates, added.duplicates);
        EXPECT_EQ(result->conflicts, added.conflicts);
        added.late = result->late;
        return added;
    }

    Added load(std::span<const model::Record> records) {
        const auto bulk = engine_->bulk_load();
        Added added;
        if (!bulk) {
            ADD_FAILURE() << bulk.error().message;
            return added;
        }
        engine::Batch first = batch_of(records.first(records.size() / 2));
        engine::Batch second = batch_of(records.subspan(records.size() / 2));
        const std::array<engine::Batch*, 2> halves{&first, &second};
        const auto put = (*bulk)->add(halves);
        EXPECT_TRUE(put) << put.error().message;
        const auto finished = (*bulk)->finish();
        EXPECT_TRUE(finished) << finished.error().message;
        const engine::BatchResult& totals = (*bulk)->totals();
        added.stored = totals.stored;
        added.duplicates = totals.duplicates;
        added.conflicts = totals.conflicts;
        added.late = totals.late;
        added.refused = first.rows.rejects.size() + second.rows.rejects.size();
        return added;
    }

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

BackendKind kind(const char* name, Way way) {
    return {name, [way](std::shared_ptr<const Clock> clock) {
                return std::make_unique<EngineBackend>(std::move(clock), way);
            }};
}

INSTANTIATE_TEST_SUITE_P(Local, ReaderContract,
                         testing::Values(kind("submitted", Way::submitted), kind("bulk", Way::bulk),
                                         kind("mixed", Way::mixed)),
                         kind_name);

}  // namespace
}  // namespace fleet::store::contract
