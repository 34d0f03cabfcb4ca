// SPDX-License-Identifier: Apache-2.0
// What a node that only shows says about its answers.
#include "server/site_testing.hpp"

namespace fleet::server::testing {
namespace {

/// Answers as old, or from as far away, as the test says.
class AgedStore final : public store::MemoryStore {
  public:
    using store::MemoryStore::MemoryStore;
    store::Freshness take_freshness() override { return {stale.load(), age_ms.load()}; }
    std::atomic<bool> stale{false};
    std::atomic<std::int64_t> age_ms{0};
};

TEST_F(SiteTest, AnAnswerThatMayMissSomethingSaysSo) {
    const auto aged = std::make_shared<AgedStore>(clock);
    memory = aged;
    start();
    const HttpAnswer fresh = get("/api/v1/fleets");
    EXPECT_EQ(fresh.status, 200);
    EXPECT_EQ(fresh.header("fleet-stale"), "");
    EXPECT_EQ(fresh.header("fleet-age-ms"), "");
    aged->stale = true;
    aged->age_ms = 1'234;
    const HttpAnswer stale = get("/api/v1/fleets");
    EXPECT_EQ(stale.header("fleet-stale"), "true");
    EXPECT_EQ(stale.header("fleet-age-ms"), "1234");
}

TEST_F(SiteTest, HealthShowsTheClusterOfANodeThatOnlyShows) {
    start(false);
    Services services{memory, nullptr, hub};
    services.cluster_health = [] { return R"({"rung":"quorum"})"; };
    server->set_ready(std::move(services));
    const auto health = json_of("/api/v1/health");
    EXPECT_EQ(health["cluster"]["rung"], "quorum");
    EXPECT_EQ(health["accepting"], false);
    EXPECT_EQ(problem_of(post("application/json", "[]"), 503), "unavailable");
}

}  // namespace
}  // namespace fleet::server::testing
