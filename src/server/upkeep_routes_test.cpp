// SPDX-License-Identifier: Apache-2.0
#include "server/site_testing.hpp"

#include <limits>

namespace fleet::server::testing {
namespace {

class Upkeep : public SiteTest {
  protected:
    HttpAnswer send(std::string_view target, std::string_view body = "",
                    std::string_view type = "application/json") {
        if (body.empty()) return fetch(server->port(), "POST", target);
        return post(type, body, "", target);
    }
};

TEST_F(Upkeep, AnErasureOfAPeriodTakesEitherEnd) {
    start();
    ASSERT_EQ(send("/api/v1/devices/GONE/erase?from=2026-11-24T10:00:00Z&to=2026-11-25").status,
              200);
    EXPECT_EQ(upkeep->asked->from.ms, 1'795'514'400'000);
    EXPECT_EQ(upkeep->asked->to.ms, 1'795'564'800'000);
    ASSERT_EQ(send("/api/v1/devices/GONE/erase?to=2026-11-25").status, 200);
    EXPECT_EQ(upkeep->asked->from.ms, 0);
    ASSERT_EQ(send("/api/v1/devices/GONE/erase?from=2026-11-25").status, 200);
    EXPECT_EQ(upkeep->asked->to.ms, std::numeric_limits<std::int64_t>::max());
}

TEST_F(Upkeep, AnErasureSaysWhatItTook) {
    start();
    const HttpAnswer answer = send("/api/v1/devices/GONE/erase");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_FALSE(upkeep->asked);
    EXPECT_EQ(nlohmann::json::parse(answer.body), (nlohmann::json{{"device_id", "GONE"},
                                                                  {"rows", 3},
                                                                  {"device_days", 2},
                                                                  {"alerts", 1},
                                                                  {"quarantined", 4},
                                                                  {"scrubbed", true}}));
    EXPECT_EQ(problem_of(send("/api/v1/devices/GONE/erase"), 404), "not_found");
}

TEST_F(Upkeep, AWrongErasureErasesNothing) {
    start();
    EXPECT_EQ(problem_of(send("/api/v1/devices/GONE/erase?form=2026-11-24"), 400),
              "unknown_parameter");
    EXPECT_EQ(problem_of(send("/api/v1/devices/GONE/erase?from=yesterday"), 400),
              "invalid_argument");
    EXPECT_EQ(problem_of(send("/api/v1/devices/GONE/erase", R"({"from":"2026-11-24"})"), 400),
              "unexpected_body");
    EXPECT_EQ(fetch(server->port(), "GET", "/api/v1/devices/GONE/erase").status, 405);
    EXPECT_EQ(send("/api/v1/devices/GONE/erase").status, 200);  // it was still there
}

TEST_F(Upkeep, BackupsAreMadeByNameAndListed) {
    start();
    const HttpAnswer made = send("/api/v1/backups", R"({"name":"monday"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(nlohmann::json::parse(made.body),
              (nlohmann::json{{"name", "monday"},
                              {"path", "/backups/monday"},
                              {"made", "1970-01-01T00:00:00.000Z"},
                              {"verified", true},
                              {"rows", 7},
                              {"device_days", 2},
                              {"differences", 0}}));
    const HttpAnswer unread = send("/api/v1/backups", R"({"verify":false})");
    ASSERT_EQ(unread.status, 201);
    const auto second = nlohmann::json::parse(unread.body);
    EXPECT_EQ(second["name"], "20261125T120000Z");  // the clock of these tests
    EXPECT_EQ(second["verified"], false);
    EXPECT_FALSE(second.contains("rows"));
    EXPECT_EQ(json_of("/api/v1/backups")["items"].size(), 2U);
    EXPECT_EQ(problem_of(send("/api/v1/backups", R"({"name":"monday"})"), 409), "already_exists");
}

TEST_F(Upkeep, AWrongWishForABackupSaysWhatIsWrong) {
    start();
    for (const char* body : {R"({"name":"a/b"})", R"({"name":"../x"})", R"({"name":".."})",
                             R"({"name":""})", R"({"name":7})", R"({"verify":"no"})",
                             R"({"nam":"x"})", R"({"name":"a","name":"b"})", "[]", "{", "{} {}"})
        EXPECT_EQ(problem_of(send("/api/v1/backups", body), 400), "invalid_argument") << body;
    EXPECT_EQ(problem_of(send("/api/v1/backups", "x", "text/plain"), 415), "unsupported");
    upkeep->busy = true;
    EXPECT_EQ(problem_of(send("/api/v1/backups"), 409), "busy");
    upkeep->off = true;
    EXPECT_EQ(problem_of(send("/api/v1/backups"), 403), "forbidden");
    EXPECT_EQ(problem_of(get("/api/v1/backups"), 403), "forbidden");
}

TEST_F(Upkeep, ANodeWithoutAStoreOfItsOwnSaysSo) {
    start(false);
    server->set_ready({memory, port_fake, hub, control, utc_only});
    EXPECT_EQ(problem_of(send("/api/v1/backups"), 503), "unavailable");
    EXPECT_EQ(problem_of(send("/api/v1/devices/GONE/erase"), 503), "unavailable");
}

TEST(BackupName, IsAPlainName) {
    for (const char* name : {"a", "monday", "20261125T120000Z", "a.b-c_d", "-"})
        EXPECT_TRUE(store::is_backup_name(name)) << name;
    for (const char* name : {"", ".", "..", ".hidden", "a/b", "a b", "\xC3\xA4"})
        EXPECT_FALSE(store::is_backup_name(name)) << name;
    EXPECT_TRUE(store::is_backup_name(std::string(64, 'x')));
    EXPECT_FALSE(store::is_backup_name(std::string(65, 'x')));
}

}  // namespace
}  // namespace fleet::server::testing
