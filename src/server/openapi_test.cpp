// SPDX-License-Identifier: Apache-2.0
#include "server/openapi.hpp"

#include "server/router.hpp"
#include "server/site_testing.hpp"

#include <cstdio>
#include <filesystem>

namespace fleet::server {
namespace {

using namespace testing;

class OpenApi : public SiteTest {
  protected:
    OpenApi() {
        start();
        require(memory->register_device("SILENT", "idf"));
        post(
            "application/x-ndjson",
            R"({"device_id":"V-1","fleet_id":"idf","ts":"2026-11-24T10:00:00Z","lat":48.5,"lon":2.5,"speed_kmh":10})"
            "\n"
            R"({"device_id":"V-1","ts":"2026-11-25T11:58:00Z","lat":48.8566,"lon":2.3522,"altitude_m":35.5,"accuracy_m":4,)"
            R"("satellites":9,"speed_kmh":42.5,"heading_deg":270,"battery_pct":81.25,"charging":true,"fuel_pct":50,"temp_c":-5.5,)"
            R"("humidity_pct":60,"ignition":true,"odometer_km":12.34,"zone":"depot","alarm":"sos","attributes":{"a":1,"b":true,"c":"x"}})"
            "\n"
            R"({"device_id":"V-2","fleet_id":"idf","ts":"2026-11-25T11:59:00Z"})"
            "\n"
            // Five minutes at rest, one drive at 150 km/h.
            R"({"device_id":"V-2","ts":"2026-11-24T08:00:00Z","lat":48.5,"lon":2.5,"speed_kmh":0})"
            "\n"
            R"({"device_id":"V-2","ts":"2026-11-24T08:05:00Z","lat":48.5,"lon":2.5,"speed_kmh":0})"
            "\n"
            R"({"device_id":"V-2","ts":"2026-11-24T08:06:00Z","lat":48.52,"lon":2.5,"speed_kmh":150})"
            "\n"
            R"({"device_id":"V-2","ts":"2026-11-24T08:07:00Z","lat":48.54,"lon":2.5,"speed_kmh":150})");
    }
    static void require(const Result<void>& result) {
        if (!result) throw std::runtime_error(result.error().message);
    }
};

/// Runs a command and gives its exit code and output.
std::pair<int, std::string> run(const std::string& command) {
    std::string out;
    // NOLINT(fleet-banned-call): the only caller is below, with a command of its own
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return {-1, "popen failed"};
    char chunk[4'096];
    while (const std::size_t n = std::fread(chunk, 1, sizeof chunk, pipe)) out.append(chunk, n);
    return {::pclose(pipe), out};
}

TEST_F(OpenApi, EveryAnswerFitsTheDocument) {
    const auto script =
        std::filesystem::path(FLEET_SOURCE_DIR) / "src" / "server" / "openapi_check.py";
    const auto [code, out] = run(FLEET_PYTHON " '" + script.string() +
                                 "' http://127.0.0.1:" + std::to_string(server->port()));
    EXPECT_EQ(code, 0) << out;
    EXPECT_NE(out.find(" 0 problems"), std::string::npos) << out;
}

TEST_F(OpenApi, TheServedDocumentIsTheFileAndNamesEveryRoute) {
    const HttpAnswer answer = get("/api/v1/openapi.yaml");
    EXPECT_EQ(answer.body, openapi_yaml());
    for (const Route& route : routes()) {
        std::string path = "\n  /" + std::string(route.pattern) + ":\n";
        // fleets/{} is fleets/{fleet} in the document.
        if (const auto at = path.find("{}"); at != std::string::npos) {
            const auto word = path.rfind('/', at - 2) + 1;
            path.replace(at, 2, "{" + path.substr(word, at - 2 - word) + "}");
        }
        EXPECT_NE(answer.body.find(path), std::string::npos) << path;
    }
}

}  // namespace
}  // namespace fleet::server
