// SPDX-License-Identifier: Apache-2.0
#include "app/control_source.hpp"

#include "app/http_client.hpp"
#include "app/time_zones.hpp"
#include "codec/device_json.hpp"
#include "codec/geojson.hpp"
#include "codec/rule_json.hpp"
#include "store/local/local_control.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace fleet::app {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kApi = "/api/v1/";

class LocalSource final : public ControlSource {
  public:
    LocalSource(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock)
        : engine_(std::move(engine)), control_(engine_, std::move(clock)) {}

    store::FleetControl& control() noexcept override { return control_; }
    Result<void> close() override { return engine_->stop(); }

  private:
    std::shared_ptr<engine::Engine> engine_;
    store::LocalControl control_;
};

/// The routes of a server as a FleetControl.
class RemoteControl final : public store::FleetControl {
  public:
    RemoteControl(HttpAddress address, std::int64_t timeout_ms)
        : client_(std::move(address), timeout_ms) {}

    Result<std::vector<model::Rule>> rules() const override {
        FLEET_TRY(const Json list, ask("GET", "rules", {}, {}));
        if (!list.is_object() || !list.contains("items") || !list.contains("built_in"))
            return strange();
        codec::ZoneDatabase time_zones = machine_time_zones();
        auto rules = codec::decode_rules(list["items"].dump(), time_zones);
        if (!rules) return fail(rules.error().within("the server's rules"));
        for (model::Rule& rule : *rules)
            for (const Json& name : list["built_in"])
                if (name == rule.name) rule.built_in = true;
        return rules;
    }
    Result<std::optional<model::Rule>> rule(const std::string& name) const override {
        FLEET_TRY(const auto all, rules());
        for (const model::Rule& rule : all)
            if (rule.name == name) return std::optional(rule);
        return std::optional<model::Rule>();
    }
    Result<store::ZonePage> zones(const std::string& after, std::size_t limit) const override {
        std::string target = fmt::format("zones?limit={}", limit);
        if (!after.empty()) {
            // The server's cursors are its own: only the place where the last page ended has one.
            if (after != last_zone_)
                return fail(Code::internal, "pages of zones are read one after the other");
            target += "&cursor=" + cursor_;
        }
        FLEET_TRY(const Json answer, ask("GET", target, {}, {}));
        if (!answer.is_object() || !answer.contains("next")) return strange();
        store::ZonePage page;
        FLEET_TRY(page.zones, codec::decode_zones(answer.dump()));
        page.more = answer["next"].is_string() && !page.zones.empty();
        if (page.more) {
            cursor_ = answer["next"].get<std::string>();
            last_zone_ = page.zones.back().id;
        }
        return page;
    }
    Result<std::optional<model::Zone>> zone(const std::string& id) const override {
        FLEET_TRY(auto all, store::all_zones(*this));
        for (model::Zone& zone : all)
            if (zone.id == id) return std::optional(std::move(zone));
        return std::optional<model::Zone>();
    }

    Result<store::ChangeCounts> put_rules(std::vector<model::Rule> rules, Since since) override {
        std::string body = "[";
        for (const model::Rule& rule : rules) {
            if (body.size() > 1) body.push_back(',');
            codec::append_rule(body, rule);
        }
        body.push_back(']');
        return counts(ask("POST", "rules" + since_of(since), "application/json", body));
    }
    Result<store::ChangeCounts> put_zones(std::vector<model::Zone> zones, Since since) override {
        return counts(ask("POST", "zones" + since_of(since), "application/geo+json",
                          codec::encode_zones(zones)));
    }
    Result<void> remove_rule(const std::string& name, Since since) override {
        return done(ask("DELETE", fmt::format("rules/{}{}", name, since_of(since)), {}, {}));
    }
    Result<void> remove_zone(const std::string& id, Since since) override {
        return done(ask("DELETE", fmt::format("zones/{}{}", id, since_of(since)), {}, {}));
    }
    Result<store::ChangeCounts> put_devices(const model::FleetScope& /*scope*/,
                                            std::vector<model::DeviceChange> changes,
                                            store::Expect expect) override {
        constexpr std::string_view kType = "application/json";
        if (expect == store::Expect::any)
            return counts(ask("POST", "devices", kType, codec::encode_device_changes(changes)));
        store::ChangeCounts done;
        for (const model::DeviceChange& change : changes) {
            std::string body;
            codec::append_device_change(body, change);
            const bool fresh = expect == store::Expect::absent;
            FLEET_TRY_VOID(ask(fresh ? "POST" : "PATCH",
                               fresh ? "devices" : fmt::format("devices/{}", change.id), kType,
                               body));
            ++(fresh ? done.created : done.changed);
        }
        return done;
    }
    Result<void> move_device(const model::FleetScope& /*scope*/,
                             const store::DeviceMove& move) override {
        Json body = {{"fleet_id", move.fleet}};
        if (move.from) body["from"] = format_day(*move.from);
        return done(ask("POST", fmt::format("devices/{}/move", move.device), "application/json",
                        body.dump()));
    }
    Result<store::AlertStatus> act_on_alert(const model::FleetScope& /*scope*/,
                                            const model::AlertId& /*id*/,
                                            store::AlertAction /*action*/) override {
        return fail(Code::unsupported, "alerts are worked on in the dashboard or by the API");
    }

  private:
    static Failure strange() {
        return fail(Code::corrupt,
                    "the server's answer is not as expected; is it of this version?");
    }
    static std::string since_of(Since since) {
        return since ? "?recompute_from=" + format_rfc3339(*since) : std::string();
    }
    static Result<store::ChangeCounts> counts(Result<Json> answer) {
        FLEET_TRY(const Json json, std::move(answer));
        const auto count = [&](const char* name) { return json.value(name, std::uint64_t{0}); };
        if (!json.is_object() || !json.contains("created")) return strange();
        return store::ChangeCounts{count("created"), count("changed"), count("unchanged")};
    }
    static Result<void> done(Result<Json> answer) {
        FLEET_TRY_VOID(std::move(answer));
        return {};
    }

    Result<Json> ask(std::string_view method, const std::string& target,
                     std::string_view content_type, std::string_view body) const {
        FLEET_TRY(HttpReply reply,
                  client_.send(method, std::string(kApi) + target, content_type, body));
        if (reply.status == 204) return Json();
        Json document = Json::parse(reply.body, nullptr, false);
        if (reply.status == 200 || reply.status == 201) {
            if (document.is_discarded()) return strange();
            return document;
        }
        std::string detail =
            document.is_object() && document.contains("detail") && document["detail"].is_string()
                ? document["detail"].get<std::string>()
                : fmt::format("the server answered {}", reply.status);
        const Code code = reply.status == 404   ? Code::not_found
                          : reply.status == 400 ? Code::invalid_argument
                          : reply.status == 409 ? Code::already_exists
                          : reply.status == 413 ? Code::too_large
                          : reply.status == 503 ? Code::unavailable
                          : reply.status == 429 ? Code::overloaded
                                                : Code::internal;
        return fail(code, std::move(detail));
    }

    // One command uses one thread.
    mutable HttpClient client_;
    mutable std::string last_zone_;  ///< where the last page ended, and its cursor
    mutable std::string cursor_;
};

class RemoteSource final : public ControlSource {
  public:
    RemoteSource(HttpAddress address, std::int64_t timeout_ms)
        : control_(std::move(address), timeout_ms) {}

    store::FleetControl& control() noexcept override { return control_; }
    Result<void> close() override { return {}; }

  private:
    RemoteControl control_;
};

}  // namespace

Result<std::unique_ptr<ControlSource>> open_control(const Config& config,
                                                    const std::optional<std::string>& url,
                                                    Missing missing) {
    if (url) {
        FLEET_TRY(HttpAddress address, parse_http_address(*url));
        return std::unique_ptr<ControlSource>(
            std::make_unique<RemoteSource>(std::move(address), config.integer(Key::write_timeout)));
    }
    auto clock = std::make_shared<SystemClock>();
    FLEET_TRY(auto engine, open_engine(config, clock, missing));
    return std::unique_ptr<ControlSource>(
        std::make_unique<LocalSource>(std::move(engine), std::move(clock)));
}

}  // namespace fleet::app
