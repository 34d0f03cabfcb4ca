// SPDX-License-Identifier: Apache-2.0
// The load of the experiment `http`. Plain blocking sockets, one thread a connection; everything
// that is sent is made before the clock starts. Two modes, each prints one line of JSON:
//   http_load ingest PORT CONNECTIONS BATCHES BATCH-SIZE VEHICLES START-MS INTERVAL-MS
//   http_load get    PORT REQUESTS PATH…       one connection, the paths in turn; a first round is
//   not measured
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// One keep-alive connection to 127.0.0.1. Throws std::runtime_error on any failure: the run is
/// void then.
class Connection {
  public:
    explicit Connection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        if (fd_ < 0 ||
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
            throw std::runtime_error("cannot connect");
    }
    ~Connection() {
        if (fd_ >= 0) ::close(fd_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sends a whole request and reads the whole answer, which must be 200 with a Content-Length.
    /// Returns its body, valid until the next call.
    std::string_view exchange(std::string_view request) {
        while (!request.empty()) {
            const ssize_t sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
            if (sent <= 0) throw std::runtime_error("the server closed while sending");
            request.remove_prefix(static_cast<std::size_t>(sent));
        }
        answer_.clear();
        std::size_t head = std::string::npos;
        while ((head = answer_.find("\r\n\r\n")) == std::string::npos) receive();
        if (!answer_.starts_with("HTTP/1.1 200"))
            throw std::runtime_error("answer: " + answer_.substr(0, 300));
        const std::size_t length = content_length(std::string_view(answer_).substr(0, head));
        while (answer_.size() < head + 4 + length) receive();
        return std::string_view(answer_).substr(head + 4, length);
    }

  private:
    int fd_;
    std::string answer_;
    std::array<char, 256 << 10> buffer_{};

    void receive() {
        const ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
        if (got <= 0) throw std::runtime_error("the server closed while answering");
        answer_.append(buffer_.data(), static_cast<std::size_t>(got));
    }

    static std::size_t content_length(std::string_view head) {
        std::string lower(head);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        const std::string_view name = "\r\ncontent-length:";
        const std::size_t at = lower.find(name);
        if (at == std::string::npos) throw std::runtime_error("an answer without Content-Length");
        std::size_t digits = at + name.size();
        while (digits < lower.size() && lower[digits] == ' ') ++digits;
        std::size_t length = 0;
        std::from_chars(lower.data() + digits, lower.data() + lower.size(), length);
        return length;
    }
};

std::uint64_t number_after(std::string_view body, std::string_view name) {
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos)
        throw std::runtime_error("no " + std::string(name) + " in the answer");
    std::uint64_t value = 0;
    std::from_chars(body.data() + at + name.size(), body.data() + body.size(), value);
    return value;
}

std::string iso(std::int64_t ms) {
    const std::time_t seconds = ms / 1'000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       ms % 1'000);
}

/// Nine fields that move as a vehicle's do, without a generator's cost: a circle, a speed that
/// swings, a battery that drains.
void append_record(std::string& out, std::uint64_t vehicle, std::uint64_t step,
                   const std::string& time) {
    const double phase = static_cast<double>(step) * 0.01 + static_cast<double>(vehicle);
    const double jitter =
        static_cast<double>((vehicle * 2'654'435'761U + step * 40'503U) % 1'000) / 1'000 - 0.5;
    fmt::format_to(
        std::back_inserter(out),
        R"({{"device_id":"V-{:05}","ts":"{}","lat":{:.6f},"lon":{:.6f},"speed_kmh":{:.2f},)"
        R"("heading_deg":{:.1f},"battery_pct":{:.2f},"temp_c":{:.2f},"humidity_pct":{:.1f},"ignition":true,)"
        R"("odometer_km":{:.2f}}})"
        "\n",
        vehicle, time, 48.85 + 0.1 * std::sin(phase) + jitter * 5e-5,
        2.35 + 0.1 * std::cos(phase) - jitter * 5e-5, 45 + 30 * std::sin(phase * 3) + jitter,
        std::fmod(phase * 57.3, 360), 95 - std::fmod(phase, 70),
        21 + 4 * std::sin(phase / 5) + jitter / 5, 55 + 10 * std::cos(phase / 4),
        10'000 + static_cast<double>(step) * 0.12);
}

std::string request_of(std::string_view body) {
    return fmt::format(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
        "Content-Length: {}\r\n\r\n{}",
        body.size(), body);
}

double at_share(const std::vector<double>& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

std::string times_json(std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    return fmt::format(R"({{"p50":{:.3f},"p95":{:.3f},"p99":{:.3f},"max":{:.3f}}})",
                       at_share(times, 0.5), at_share(times, 0.95), at_share(times, 0.99),
                       times.back());
}

struct Share {
    std::vector<std::string> requests;
    std::vector<double> times;
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    std::string error;
};

/// Record k of all goes to vehicle k mod VEHICLES; each connection has its own vehicles, so their
/// order is kept.
void ingest(std::uint16_t port, std::uint64_t connections, std::uint64_t batches,
            std::uint64_t size, std::uint64_t vehicles, std::int64_t start_ms,
            std::int64_t interval_ms) {
    std::vector<Share> shares(connections);
    std::uint64_t bytes = 0;
    for (std::uint64_t c = 0; c < connections; ++c) {
        const std::uint64_t own = vehicles / connections;
        std::uint64_t next = 0;
        for (std::uint64_t b = c; b < batches; b += connections) {
            std::string body;
            std::string time;
            for (std::uint64_t i = 0; i < size; ++i, ++next) {
                const std::uint64_t step = next / own;
                if (i == 0 || next % own == 0)
                    time = iso(start_ms + static_cast<std::int64_t>(step) * interval_ms);
                append_record(body, c * own + next % own, step, time);
            }
            bytes += body.size();
            shares[c].requests.push_back(request_of(body));
        }
    }
    const auto start = Clock::now();
    std::vector<std::jthread> threads;
    for (Share& share : shares)
        threads.emplace_back([&share, port] {
            try {
                Connection connection(port);
                for (const std::string& request : share.requests) {
                    const auto sent = Clock::now();
                    const std::string_view answer = connection.exchange(request);
                    share.times.push_back(ms_since(sent));
                    share.accepted += number_after(answer, "\"accepted\":");
                    share.duplicates += number_after(answer, "\"duplicates\":");
                }
            } catch (const std::exception& error) {
                share.error = error.what();
            }
        });
    threads.clear();
    const double seconds = ms_since(start) / 1'000;
    std::vector<double> times;
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    for (const Share& share : shares) {
        if (!share.error.empty()) throw std::runtime_error(share.error);
        times.insert(times.end(), share.times.begin(), share.times.end());
        accepted += share.accepted;
        duplicates += share.duplicates;
    }
    fmt::print(
        R"({{"connections":{},"batches":{},"records":{},"body_bytes":{},"accepted":{},"duplicates":{},"seconds":{:.3f},)"
        R"("records_per_s":{:.0f},"ack_ms":{}}})"
        "\n",
        connections, batches, batches * size, bytes, accepted, duplicates, seconds,
        static_cast<double>(batches * size) / seconds, times_json(times));
}

void get(std::uint16_t port, std::uint64_t requests, const std::vector<std::string>& paths) {
    Connection connection(port);
    std::vector<std::string> texts;
    for (const std::string& path : paths)
        texts.push_back(fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path));
    std::size_t bytes = 0;
    for (const std::string& text : texts) bytes += connection.exchange(text).size();
    std::vector<double> times;
    for (std::uint64_t i = 0; i < requests; ++i) {
        const auto sent = Clock::now();
        (void)connection.exchange(texts[i % texts.size()]);
        times.push_back(ms_since(sent));
    }
    fmt::print(R"({{"requests":{},"paths":{},"body_bytes":{},"ms":{}}})"
               "\n",
               requests, paths.size(), bytes / paths.size(), times_json(times));
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> args(argv + 1, argv + argc);
    try {
        if (args.size() == 8 && args[0] == "ingest") {
            ingest(static_cast<std::uint16_t>(std::stoul(args[1])), std::stoull(args[2]),
                   std::stoull(args[3]), std::stoull(args[4]), std::stoull(args[5]),
                   std::stoll(args[6]), std::stoll(args[7]));
            return 0;
        }
        if (args.size() >= 4 && args[0] == "get") {
            get(static_cast<std::uint16_t>(std::stoul(args[1])), std::stoull(args[2]),
                {args.begin() + 3, args.end()});
            return 0;
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "http_load: {}\n", error.what());
        return 1;
    }
    fmt::print(stderr,
               "usage: http_load ingest PORT CONNECTIONS BATCHES BATCH-SIZE VEHICLES START-MS "
               "INTERVAL-MS\n"
               "       http_load get PORT REQUESTS PATH...\n");
    return 2;
}
