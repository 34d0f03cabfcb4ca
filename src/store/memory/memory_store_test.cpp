// SPDX-License-Identifier: Apache-2.0
#include "store/memory/memory_store.hpp"

#include "store/contract/contract.hpp"

namespace fleet::store::contract {
namespace {

class MemoryBackend final : public Backend {
  public:
    explicit MemoryBackend(std::shared_ptr<const Clock> clock) : store_(std::move(clock)) {}

    FleetReader& reader() override { return store_; }
    Added add(std::span<const model::Record> records) override {
        Added added;
        for (const model::Record& record : records) {
            const AddOutcome outcome = store_.add(record, "default");
            added.count(outcome.kind);
            added.late += outcome.late ? 1 : 0;
        }
        return added;
    }
    void register_device(const std::string& id, const std::string& fleet) override {
        EXPECT_TRUE(store_.register_device(id, fleet));
    }
    void change_device(const model::DeviceChange& change) override { store_.change_device(change); }
    void move_device(const std::string& id, const std::string& fleet, Day from) override {
        store_.move_device(id, fleet, from);
    }
    void set_retention(const std::string& fleet, int days) override {
        store_.set_retention(fleet, days);
    }
    void disturb(unsigned) override {}  // rows lie in one map: nothing can be rearranged

  private:
    MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, ReaderContract,
                         testing::Values(BackendKind{"memory",
                                                     [](std::shared_ptr<const Clock> clock) {
                                                         return std::make_unique<MemoryBackend>(
                                                             std::move(clock));
                                                     }}),
                         kind_name);

TEST(MemoryStore, RefusesToRegisterADeviceTwice) {
    MemoryStore store(std::make_shared<ManualClock>(Timestamp{0}));
    EXPECT_TRUE(store.register_device("V-1", "north"));
    EXPECT_EQ(store.register_device("V-1", "south").error().code, Code::already_exists);
}

TEST(MemoryStore, ArrivalCountsAreThoseOfTheDefinitions) {
    MemoryStore store(std::make_shared<ManualClock>(Timestamp{0}));
    const auto add = [&](std::int64_t ts, std::int32_t speed) {
        return store.add(record_of("V-1", {ts}, {{model::Field::speed, speed}}), "default");
    };
    using Kind = AddOutcome::Kind;
    EXPECT_EQ(add(2, 1).kind, Kind::stored);
    EXPECT_FALSE(add(3, 1).late);
    EXPECT_TRUE(add(1, 1).late);
    EXPECT_EQ(add(1, 1).kind, Kind::duplicate);
    EXPECT_TRUE(add(1, 1).late);   // duplicates included
    EXPECT_FALSE(add(3, 2).late);  // as new as the newest is not late
    EXPECT_EQ(add(3, 1).kind, Kind::conflict);
}

}  // namespace
}  // namespace fleet::store::contract
