// SPDX-License-Identifier: Apache-2.0
#include "app/writer.hpp"

#include "base/check.hpp"
#include "codec/json_writer.hpp"
#include "codec/record_json.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <future>
#include <random>

namespace fleet::app {

namespace {

constexpr std::string_view kIngest = "/api/v1/ingest";

class LocalTarget final : public WriteTarget {
  public:
    explicit LocalTarget(ingest::IngestPort& port)
        : port_(port), disk_before_(process_disk_bytes()) {}

    Result<Written> write(const Payload& payload, std::size_t, std::int64_t timeout_ms) override {
        ingest::Batch batch;
        batch.rows.records = payload.rows->records;
        batch.rows.indexes = payload.rows->indexes;
        batch.rows.rejects = payload.rows->rejects;
        batch.source = payload.source;
        batch.default_fleet = payload.default_fleet;
        batch.owners = payload.owners;
        batch.owners.push_back(payload.rows);
        // The completion may come after we gave up, so it owns what it writes to.
        auto promise = std::make_shared<std::promise<Result<ingest::BatchResult>>>();
        auto future = promise->get_future();
        port_.submit(std::move(batch), [promise](Result<ingest::BatchResult> result) {
            promise->set_value(std::move(result));
        });
        if (future.wait_for(std::chrono::milliseconds(timeout_ms)) != std::future_status::ready)
            return fail(Code::deadline_exceeded,
                        fmt::format("the store did not confirm within {} ms", timeout_ms));
        FLEET_TRY(const ingest::BatchResult result, future.get());
        Written written{result.stored, result.duplicates, result.conflicts, result.late, {}};
        for (const model::Reject& reject : payload.rows->rejects)
            written.rejected.push_back(reject.reason);
        for (const ingest::RowStatus status : result.statuses)
            if (status == ingest::RowStatus::rejected)
                written.rejected.push_back(model::Reason::unknown_device);
        return written;
    }
    [[nodiscard]] std::uint64_t bytes_written() const override {
        return process_disk_bytes() - disk_before_;
    }
    [[nodiscard]] std::optional<double> server_cpu_s() const override { return std::nullopt; }
    [[nodiscard]] bool wants_body() const noexcept override { return false; }

  private:
    ingest::IngestPort& port_;
    std::uint64_t disk_before_;
};

/// "title: detail" of a problem document, or the begin of whatever came.
std::string problem_text(const HttpReply& reply) {
    const auto document = nlohmann::json::parse(reply.body, nullptr, false);
    if (document.is_object()) {
        const auto detail = document.value("detail", document.value("title", std::string()));
        if (!detail.empty()) return detail;
    }
    return reply.body.substr(0, 200);
}

Result<Written> read_answer(const HttpReply& reply) {
    if (reply.status == 429) return fail(Code::overloaded, problem_text(reply));
    if (reply.status == 503 || reply.status == 502)
        return fail(Code::unavailable, problem_text(reply));
    if (reply.status == 504 || reply.status == 408)
        return fail(Code::deadline_exceeded, problem_text(reply));
    if (reply.status == 413) return fail(Code::too_large, problem_text(reply));
    if (reply.status >= 500)
        return fail(Code::internal,
                    fmt::format("the server failed ({}): {}", reply.status, problem_text(reply)));
    if (reply.status != 200)
        return fail(Code::invalid_argument, fmt::format("the server refused it ({}): {}",
                                                        reply.status, problem_text(reply)));
    const auto answer = nlohmann::json::parse(reply.body, nullptr, false);
    const auto bad = [] {
        return fail(Code::corrupt,
                    "the server's answer is not that of an ingest route; is the address right?");
    };
    if (!answer.is_object() || !answer.contains("accepted") || !answer.contains("rejected"))
        return bad();
    Written written;
    try {
        written.stored = answer.at("accepted").get<std::uint64_t>();
        written.duplicates = answer.at("duplicates").get<std::uint64_t>();
        written.conflicts = answer.at("conflicts").get<std::uint64_t>();
        for (const auto& item : answer.at("rejected")) {
            const auto reason = model::reason_of(item.at("code").get<std::string>());
            if (!reason) return bad();
            written.rejected.push_back(*reason);
        }
    } catch (const nlohmann::json::exception&) {
        return bad();
    }
    return written;
}

class UrlTarget final : public WriteTarget {
  public:
    UrlTarget(HttpAddress address, std::size_t lanes, std::int64_t timeout_ms)
        : address_(std::move(address)) {
        for (std::size_t i = 0; i < lanes; ++i)
            clients_.push_back(std::make_unique<HttpClient>(address_, timeout_ms));
        cpu_before_ = read_cpu();
    }

    Result<Written> write(const Payload& payload, std::size_t lane,
                          std::int64_t timeout_ms) override {
        HttpClient& client = *clients_[lane];
        client.set_timeout_ms(timeout_ms);
        const std::uint64_t before = client.bytes_sent();
        auto reply = client.post(fmt::format("{}?fleet={}", kIngest, payload.default_fleet),
                                 payload.content_type, payload.body);
        bytes_.fetch_add(client.bytes_sent() - before, std::memory_order_relaxed);
        if (!reply) return fail(std::move(reply).error());
        return read_answer(*reply);
    }
    [[nodiscard]] std::uint64_t bytes_written() const override {
        return bytes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::optional<double> server_cpu_s() const override {
        const auto now = read_cpu();
        if (!now || !cpu_before_) return std::nullopt;
        return *now - *cpu_before_;
    }
    [[nodiscard]] bool wants_body() const noexcept override { return true; }

  private:
    /// From the server's metrics; nothing when they cannot be read, which is no reason to stop.
    [[nodiscard]] std::optional<double> read_cpu() const {
        constexpr std::int64_t kTimeoutMs = 2'000;
        HttpClient client(address_, kTimeoutMs);
        const auto reply = client.get("/metrics");
        if (!reply || reply->status != 200) return std::nullopt;
        constexpr std::string_view kName = "\nprocess_cpu_seconds_total ";
        const std::size_t at = reply->body.find(kName);
        if (at == std::string::npos) return std::nullopt;
        double value = 0;
        const char* const begin = reply->body.data() + at + kName.size();
        const auto [end, error] =
            std::from_chars(begin, reply->body.data() + reply->body.size(), value);
        return error == std::errc() ? std::optional(value) : std::nullopt;
    }

    HttpAddress address_;
    std::vector<std::unique_ptr<HttpClient>> clients_;
    std::atomic<std::uint64_t> bytes_{0};
    std::optional<double> cpu_before_;
};

bool worth_another(Code code) {
    return code == Code::overloaded || code == Code::unavailable || code == Code::deadline_exceeded;
}

}  // namespace

std::unique_ptr<WriteTarget> make_local_target(ingest::IngestPort& port) {
    return std::make_unique<LocalTarget>(port);
}

Result<std::unique_ptr<WriteTarget>> make_url_target(const std::string& url, std::size_t lanes,
                                                     std::int64_t timeout_ms) {
    FLEET_TRY(HttpAddress address, parse_http_address(url));
    return std::unique_ptr<WriteTarget>(
        std::make_unique<UrlTarget>(std::move(address), lanes, timeout_ms));
}

std::string to_ndjson(const std::vector<model::Record>& records) {
    std::string out;
    model::Rows rows;
    for (const model::Record& record : records) {
        rows.clear();
        const model::Sample& sample = model::append(rows, record);
        codec::JsonWriter json(out);
        codec::append_sample(json, record.device, record.fleet, sample, rows.texts);
        out.push_back('\n');
    }
    return out;
}

Writer::Writer(WriteTarget& target, WriterOptions options, WriteMetrics& metrics, Done done)
    : target_(target), options_(options), metrics_(metrics), done_(std::move(done)) {
    FLEET_CHECK(options_.lanes > 0 && options_.places >= options_.lanes);
    for (std::size_t lane = 0; lane < options_.lanes; ++lane)
        threads_.emplace_back([this, lane] { run(lane); });
}

Writer::~Writer() {
    {
        const std::scoped_lock lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
}

void Writer::push(Payload payload) {
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_.size() < options_.lanes; });
        waiting_.push_back(std::move(payload));
    }
    changed_.notify_all();
}

bool Writer::try_push(Payload payload) {
    {
        const std::scoped_lock lock(mutex_);
        if (waiting_.size() + busy_ >= options_.places) return false;
        waiting_.push_back(std::move(payload));
    }
    changed_.notify_all();
    return true;
}

void Writer::drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.empty() && busy_ == 0; });
}

void Writer::run(std::size_t lane) {
    while (true) {
        Payload payload;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !waiting_.empty() || closing_; });
            if (waiting_.empty()) return;
            payload = std::move(waiting_.front());
            waiting_.pop_front();
            ++busy_;
        }
        changed_.notify_all();
        const std::int64_t begin = SystemClock().monotonic_ns();
        const auto result = write_with_retries(payload, lane);
        const auto latency = static_cast<std::uint64_t>(SystemClock().monotonic_ns() - begin);
        if (result) {
            metrics_.written(payload.rows->rows(), latency);
        } else {
            metrics_.failed(payload.rows->rows());
        }
        {
            const std::scoped_lock lock(done_mutex_);
            done_(payload, result);
        }
        {
            const std::scoped_lock lock(mutex_);
            --busy_;
        }
        changed_.notify_all();
    }
}

Result<Written> Writer::write_with_retries(const Payload& payload, std::size_t lane) {
    constexpr std::int64_t kFirstPauseMs = 50;
    constexpr std::int64_t kLongestPauseMs = 5'000;
    const auto now_ms = [] { return SystemClock().monotonic_ns() / 1'000'000; };
    const std::int64_t deadline = now_ms() + options_.timeout_ms;
    std::minstd_rand random(static_cast<unsigned>(options_.seed * 8'191 + lane + 1));
    for (std::int64_t pause = kFirstPauseMs;; pause = std::min(pause * 2, kLongestPauseMs)) {
        auto result = target_.write(payload, lane, std::max<std::int64_t>(deadline - now_ms(), 1));
        if (result || !worth_another(result.error().code)) return result;
        // Full jitter: lanes that were refused together must not come back together.
        const std::int64_t wait =
            1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(pause));
        if (now_ms() + wait >= deadline) return result;
        spdlog::debug("a write is tried again in {} ms: {}", wait, result.error().message);
        std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    }
}

}  // namespace fleet::app
