// SPDX-License-Identifier: Apache-2.0
#include "app/read_source.hpp"

#include "app/cluster_reader.hpp"
#include "app/http_client.hpp"
#include "app/local_engine.hpp"
#include "app/output.hpp"
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

/// The routes over a reader.
class ReaderSource : public ReadSource {
  public:
    ReaderSource(std::shared_ptr<store::FleetReader> reader, std::shared_ptr<const Clock> clock,
                 const Config& config)
        : reader_(std::move(reader)), clock_(std::move(clock)) {
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
        server::Response response = task(*reader_);
        note_freshness();
        return body_of(static_cast<int>(response.status), std::move(response.body));
    }

    Result<void> history(const std::string& device, store::TimeRange range,
                         const Visit& visit) override {
        store::PageRequest request{store::kMaxLimit, {}};
        do {
            FLEET_TRY(const store::HistoryPage page,
                      reader_->history(LocalOperator::scope(), device, range,
                                       store::Order::oldest_first, request));
            note_freshness();
            FLEET_TRY_VOID(visit(page));
            request.cursor = page.next;
        } while (!request.cursor.empty());
        return {};
    }

  private:
    void note_freshness() {
        if (!reader_->take_freshness().stale || stale_) return;
        stale_ = true;
        say("the home datacentre does not answer: this is from the other one, which may miss the "
            "newest records");
    }

    std::shared_ptr<store::FleetReader> reader_;
    std::shared_ptr<const Clock> clock_;
    server::ServerOptions options_;
    bool stale_ = false;
};

/// The same over a cluster, which can tell how it answered.
class ClusterSource final : public ReaderSource {
  public:
    ClusterSource(std::shared_ptr<store::CassandraReader> reader,
                  std::shared_ptr<const Clock> clock, const Config& config)
        : ReaderSource(reader, std::move(clock), config),
          config_(config),
          reader_(std::move(reader)) {}

    Result<std::string> traces() override {
        return trace_text(config_, reader_->reads().take_traces());
    }

  private:
    const Config& config_;
    std::shared_ptr<store::CassandraReader> reader_;
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
                                                     const ReadOptions& options) {
    if (options.url) {
        FLEET_TRY(HttpAddress address, parse_http_address(*options.url));
        return std::unique_ptr<ReadSource>(
            std::make_unique<UrlSource>(std::move(address), config.integer(Key::write_timeout)));
    }
    auto clock = std::make_shared<SystemClock>();
    if (options.store == "cassandra") {
        FLEET_TRY(auto reader, open_cluster_reader(config, clock, Cached::no));
        if (options.trace) reader->reads().trace_all();
        return std::unique_ptr<ReadSource>(
            std::make_unique<ClusterSource>(std::move(reader), std::move(clock), config));
    }
    FLEET_TRY(auto engine, open_engine(config, clock, Missing::refuse));
    auto reader = std::make_shared<store::LocalReader>(std::move(engine), clock);
    return std::unique_ptr<ReadSource>(
        std::make_unique<ReaderSource>(std::move(reader), std::move(clock), config));
}

}  // namespace fleet::app
