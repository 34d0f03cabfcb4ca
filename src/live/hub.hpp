// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "live/source.hpp"
#include "model/scope.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::live {

struct HubOptions {
    std::uint32_t epoch = 0;  ///< another number at each start of the server; 0 = from the clock
    std::int64_t tick_ms = 200;
    std::int64_t max_interval_ms = 3'200;  ///< slowest rate of a slow connection
    std::int64_t slow_after_ms = 2'000;    ///< ack or write lag that halves the rate
    std::int64_t give_up_ms = 30'000;      ///< lag that ends the connection
    std::int64_t kpi_interval_ms = 1'000;
    std::int64_t stale_ms = 5 * kMsPerMinute;  ///< also the window of "active"
    std::int64_t offline_ms = 30 * kMsPerMinute;
    std::int64_t future_tolerance_ms = 2 * kMsPerMinute;
    std::size_t max_clients = 20'000;
    std::size_t rows_per_frame = 8'000;
    std::string version = "0.1.0";
};

enum class Format : std::uint8_t { binary, json };

/// One message to a client. Text is shared between clients that get the same.
struct Outgoing {
    std::shared_ptr<const std::string> payload;
    bool binary = false;
};

/// The end of a conversation, as a WebSocket close.
struct Close {
    std::uint16_t code = 1000;
    std::string reason;
};

class Client;

/// Follows the engine's changes and says what each viewer gets next (protocol: api/live.md). No
/// sockets, no threads: a driver calls tick() every tick_ms and moves the messages. Latest wins:
/// the hub keeps no queue for a client, only up to which change it has sent. Thread-safe; tick()
/// may read from the source for some ms, the other calls only compute.
class Hub : public engine::ChangeListener {
  public:
    [[nodiscard]] static std::shared_ptr<Hub> create(HubOptions options,
                                                     std::shared_ptr<const Source> source,
                                                     std::shared_ptr<const Clock> clock);

    /// A new viewer of the fleets that `scope` allows, or overloaded. `wake` is called from tick()
    /// (any thread, must not block, must not call the hub) when there may be something to send.
    [[nodiscard]] virtual Result<std::shared_ptr<Client>> connect(Format format,
                                                                  model::FleetScope scope,
                                                                  std::function<void()> wake) = 0;
    /// The viewer is gone. After it, `wake` is not called again.
    virtual void disconnect(Client& client) = 0;
    /// A text message of the viewer. A Close ends the conversation.
    [[nodiscard]] virtual std::optional<Close> receive(Client& client,
                                                       std::string_view message) = 0;
    /// The next message, or nothing for now. The caller writes it, then asks again: a viewer never
    /// has more than one in flight, and asking says that the one before was written.
    [[nodiscard]] virtual std::optional<Outgoing> next(Client& client) = 0;
    /// Set when the viewer has to be dropped: it read or acknowledged nothing for give_up_ms. Asked
    /// at each wake.
    [[nodiscard]] virtual std::optional<Close> verdict(Client& client) = 0;

    /// One beat: takes the changes since the last one, computes KPIs when due, wakes viewers. One
    /// thread at a time.
    virtual void tick() = 0;
    [[nodiscard]] virtual std::int64_t tick_ms() const noexcept = 0;
    [[nodiscard]] virtual std::size_t clients() const noexcept = 0;
};

}  // namespace fleet::live
