// SPDX-License-Identifier: Apache-2.0
#include "app/read_source.hpp"

#include "app/http_client.hpp"
#include "app/local_engine.hpp"
#include "codec/decoder.hpp"
#include "server/read_routes.hpp"
#include "store/local/local_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace fleet::app {

namespace {

constexpr std::string_view kApi = "/api/v1/";

Result<std::string> body_of(int status, std::string body) {
    if (status == 200) return body;
    const auto document = nlohmann::json::parse(body, nullptr, false);
    std::string detail =
        document.is_object() ? document.value("detail", std::string()) : std::string();
    if (detail.empty()) detail = fmt::format("the server answered {}", status);
    const Code code = status == 404   ? Code::not_found
                      : status == 400 ? Code::invalid_argument
                      : status == 503 ? Code::unavailable
                      : status == 429 ? Code::overloaded
                                      : Code::internal;
    return fail(code, std::move(detail));
}

class LocalSource final : public ReadSource {
  public:
    LocalSource(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock,
                const Config& config)
        : reader_(std::move(engine), clock), clock_(std::move(clock)) {
        options_.stale_ms = config.integer(Key::live_stale_after);
        options_.offline_ms = config.integer(Key::live_offline_after);
    }

    Result<std::string> get(const std::string& target) override {
        FLEET_TRY(const server::Target parsed, server::parse_target(std::string(kApi) + target));
        const server::Match match = server::match(server::Method::get, parsed);
        if (match.route == nullptr)
            return fail(Code::internal, fmt::format("no route for {}", target));
        FLEET_TRY(
            const server::ReadTask task,
            server::plan_read(match, parsed, LocalOperator::scope(), options_, clock_->now()));
        server::Response response = task(reader_);
        return body_of(static_cast<int>(response.status), std::move(response.body));
    }

    Result<void> history(const std::string& device, store::TimeRange range,
                         const Visit& visit) override {
        store::PageRequest request{store::kMaxLimit, {}};
        do {
            FLEET_TRY(const store::HistoryPage page,
                      reader_.history(LocalOperator::scope(), device, range,
                                      store::Order::oldest_first, request));
            FLEET_TRY_VOID(visit(page));
            request.cursor = page.next;
        } while (!request.cursor.empty());
        return {};
    }

  private:
    store::LocalReader reader_;
    std::shared_ptr<const Clock> clock_;
    server::ServerOptions options_;
};

class UrlSource final : public ReadSource {
  public:
    UrlSource(HttpAddress address, std::int64_t timeout_ms)
        : client_(std::move(address), timeout_ms) {}

    Result<std::string> get(const std::string& target) override {
        FLEET_TRY(HttpReply reply, client_.get(std::string(kApi) + target));
        return body_of(reply.status, std::move(reply.body));
    }

    Result<void> history(const std::string& device, store::TimeRange range,
                         const Visit& visit) override {
        std::string cursor;
        do {
            std::string target =
                fmt::format("devices/{}/history?from={}&to={}&order=asc&limit={}", device,
                            format_rfc3339(range.from), format_rfc3339(range.to), store::kMaxLimit);
            if (!cursor.empty()) target += "&cursor=" + cursor;
            FLEET_TRY(const std::string body, get(target));
            FLEET_TRY(const store::HistoryPage page, read_page(body));
            FLEET_TRY_VOID(visit(page));
            cursor = page.next;
        } while (!cursor.empty());
        return {};
    }

  private:
    /// The items of a page decode like the lines of a file that they are.
    static Result<store::HistoryPage> read_page(const std::string& body) {
        const auto bad = [] {
            return fail(Code::corrupt, "the server's answer is no page of history");
        };
        const auto document = nlohmann::ordered_json::parse(body, nullptr, false);
        if (!document.is_object() || !document.contains("items") || !document.contains("next"))
            return bad();
        const std::string items = document["items"].dump();
        codec::DecodeOptions options;
        options.format = codec::Format::json_array;
        options.window.now = Timestamp{kMaxMs};
        model::RecordBatch batch;
        FLEET_TRY(const auto decoder, codec::decode_all(options, items, batch));
        if (!batch.rejects.empty()) return bad();
        store::HistoryPage page;
        for (const model::Record& record : batch.records) model::append(page.rows, record);
        if (document["next"].is_string()) page.next = document["next"].get<std::string>();
        return page;
    }

    HttpClient client_;
};

}  // namespace

Result<std::unique_ptr<ReadSource>> open_read_source(const Config& config,
                                                     const std::optional<std::string>& url) {
    if (url) {
        FLEET_TRY(HttpAddress address, parse_http_address(*url));
        return std::unique_ptr<ReadSource>(
            std::make_unique<UrlSource>(std::move(address), config.integer(Key::write_timeout)));
    }
    auto clock = std::make_shared<SystemClock>();
    FLEET_TRY(auto engine, open_engine(config, clock, Missing::refuse));
    return std::unique_ptr<ReadSource>(
        std::make_unique<LocalSource>(std::move(engine), std::move(clock), config));
}

}  // namespace fleet::app
