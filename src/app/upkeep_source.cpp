// SPDX-License-Identifier: Apache-2.0
#include "app/upkeep_source.hpp"

#include "app/http_client.hpp"
#include "app/local_engine.hpp"
#include "codec/json_writer.hpp"
#include "store/local/local_upkeep.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace fleet::app {

namespace {

using Json = nlohmann::ordered_json;

/// A server answers when files were rewritten, or a copy was read whole.
constexpr std::int64_t kPatienceMs = 900'000;

class LocalSource final : public UpkeepSource {
  public:
    LocalSource(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock,
                engine::EngineOptions options)
        : engine_(std::move(engine)), upkeep_(engine_, std::move(clock), {}, std::move(options)) {}

    store::FleetUpkeep& upkeep() noexcept override { return upkeep_; }
    Result<void> close() override { return engine_->stop(); }

  private:
    std::shared_ptr<engine::Engine> engine_;
    store::LocalUpkeep upkeep_;
};

Code code_of(int status, const Json& document) {
    const auto is = [&](const char* code) {
        return document.is_object() && document.contains("code") && document["code"] == code;
    };
    switch (status) {
        case 400: return Code::invalid_argument;
        case 403: return Code::forbidden;
        case 404: return Code::not_found;
        case 409: return is("busy") ? Code::busy : Code::already_exists;
        case 503: return Code::unavailable;
        case 504: return Code::deadline_exceeded;
        default: return Code::internal;
    }
}

/// The routes of a server as a FleetUpkeep.
class RemoteUpkeep final : public store::FleetUpkeep {
  public:
    RemoteUpkeep(HttpAddress address, std::int64_t timeout_ms)
        : client_(std::move(address), timeout_ms) {}

    Result<store::Erased> erase(const model::FleetScope& /*scope*/, const std::string& device,
                                std::optional<store::ErasePeriod> period) override {
        std::string target = fmt::format("devices/{}/erase", device);
        if (period) target += fmt::format("?from={}", format_rfc3339(period->from));
        // Without an end: to the end of time, which RFC 3339 cannot say.
        if (period && period->to.ms != std::numeric_limits<std::int64_t>::max())
            target += "&to=" + format_rfc3339(period->to);
        FLEET_TRY(const Json answer, ask("POST", target, {}));
        store::Erased done;
        if (!number(answer, "rows", done.rows) ||
            !number(answer, "device_days", done.device_days) ||
            !number(answer, "alerts", done.alerts) ||
            !number(answer, "quarantined", done.quarantined))
            return strange();
        done.scrubbed = answer.value("scrubbed", false);
        return done;
    }

    Result<store::BackupMade> backup(const std::string& name, bool verify) override {
        std::string wish;
        codec::JsonWriter json(wish);
        json.begin_object();
        if (!name.empty()) json.member("name", name);
        json.member_boolean("verify", verify);
        json.end_object();
        FLEET_TRY(const Json answer, ask("POST", "backups", wish));
        store::BackupMade made;
        if (!answer.contains("name") || !answer["name"].is_string()) return strange();
        made.backup.name = answer["name"].get<std::string>();
        made.backup.path = answer.value("path", made.backup.name);
        store::CopyCheck check;
        if (number(answer, "rows", check.rows) &&
            number(answer, "device_days", check.device_days) &&
            number(answer, "differences", check.differences))
            made.check = check;
        return made;
    }
    Result<std::vector<store::BackupInfo>> backups() const override {
        return fail(Code::unsupported, "no command lists backups");
    }

  private:
    static Failure strange() {
        return fail(Code::corrupt,
                    "the server's answer is not as expected; is it of this version?");
    }
    static bool number(const Json& answer, const char* name, std::uint64_t& to) {
        if (!answer.is_object() || !answer.contains(name) || !answer[name].is_number_unsigned())
            return false;
        to = answer[name].get<std::uint64_t>();
        return true;
    }

    Result<Json> ask(std::string_view method, const std::string& target, std::string_view body) {
        FLEET_TRY(const HttpReply reply,
                  client_.send(method, "/api/v1/" + target,
                               body.empty() ? std::string_view() : "application/json", body));
        Json document = Json::parse(reply.body, nullptr, false);
        if (reply.status == 200 || reply.status == 201) {
            if (!document.is_object()) return strange();
            return document;
        }
        std::string detail =
            document.is_object() && document.contains("detail") && document["detail"].is_string()
                ? document["detail"].get<std::string>()
                : fmt::format("the server answered {}", reply.status);
        return fail(code_of(reply.status, document), std::move(detail));
    }

    HttpClient client_;
};

class RemoteSource final : public UpkeepSource {
  public:
    RemoteSource(HttpAddress address, std::int64_t timeout_ms)
        : upkeep_(std::move(address), timeout_ms) {}

    store::FleetUpkeep& upkeep() noexcept override { return upkeep_; }
    Result<void> close() override { return {}; }

  private:
    RemoteUpkeep upkeep_;
};

}  // namespace

Result<std::unique_ptr<UpkeepSource>> open_upkeep(const Config& config,
                                                  const std::optional<std::string>& url) {
    if (url) {
        FLEET_TRY(HttpAddress address, parse_http_address(*url));
        return std::unique_ptr<UpkeepSource>(std::make_unique<RemoteSource>(
            std::move(address), std::max(kPatienceMs, config.integer(Key::write_timeout))));
    }
    auto clock = std::make_shared<SystemClock>();
    FLEET_TRY(auto engine, open_engine(config, clock, Missing::refuse));
    return std::unique_ptr<UpkeepSource>(
        std::make_unique<LocalSource>(std::move(engine), std::move(clock), engine_options(config)));
}

}  // namespace fleet::app
