// SPDX-License-Identifier: Apache-2.0
//
// The contract and differential suite of src/store/contract on real nodes: the engine's rows,
// copied to Cassandra by the packers of src/replicate, answered by src/store/cassandra.
//   cluster_reader_contract HOSTS DATACENTRE [REMOTE_DATACENTRE] [--gtest_…]
//   cluster_reader_contract HOSTS DATACENTRE --copy DATA_DIRECTORY
// The second copies what a data directory holds into the tables, and ends.
// The schema must be there. Exits with 0, or with 1 if an answer differs. Started by `./dev
// cluster`.

#include "copied_store.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string_view>

namespace fleet::store::contract {
namespace {

tests::ClusterPlace& place() {
    static tests::ClusterPlace it;
    return it;
}

tests::Writer& writer() {
    static tests::Writer it(tests::connect(place()));
    return it;
}

INSTANTIATE_TEST_SUITE_P(
    Cassandra, ReaderContract,
    testing::Values(BackendKind{
        .name = "copied",
        .make = [](std::shared_ptr<const Clock> clock) -> std::unique_ptr<Backend> {
            return std::make_unique<tests::CopiedStore>(place(), writer(), std::move(clock));
        },
        .keeps_devices = false}),
    kind_name);

}  // namespace
}  // namespace fleet::store::contract

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    if (argc < 3) {
        fmt::print(stderr, "usage: {} HOSTS DATACENTRE [REMOTE_DATACENTRE]\n", argv[0]);
        return 2;
    }
    auto& place = fleet::store::contract::place();
    place.hosts = argv[1];
    place.datacentre = argv[2];
    if (argc == 5 && std::string_view(argv[3]) == "--copy") {
        fleet::tests::CopiedStore store(place, fleet::store::contract::writer(),
                                        std::make_shared<fleet::SystemClock>(), argv[4]);
        static_cast<void>(store.reader());
        fmt::print("{} rows written\n", fleet::store::contract::writer().rows());
        return testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 1 : 0;
    }
    if (argc > 3) place.remote_datacentre = argv[3];
    const int failed = RUN_ALL_TESTS();
    fmt::print(stderr, "{} rows written\n", fleet::store::contract::writer().rows());
    return failed;
}
