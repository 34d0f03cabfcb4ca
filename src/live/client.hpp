// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "live/fleet_view.hpp"
#include "live/hub.hpp"
#include "live/message.hpp"
#include "model/scope.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace fleet::live {

inline constexpr std::int64_t kNever = -1;

/// What the hub knows about one viewer. Guarded by the hub's mutex.
class Client {
  public:
    enum class Phase : std::uint8_t { greeting, idle, loading, starting, sending, following };

    Client(Format f, model::FleetScope s, std::function<void()> w, std::int64_t tick)
        : format(f),
          scope(std::move(s)),
          wake(std::move(w)),
          interval_ms(tick),
          announced_ms(tick) {}

    const Format format;
    const model::FleetScope scope;
    const std::function<void()> wake;
    Phase phase = Phase::greeting;
    std::deque<std::string> replies;
    std::string wanted;                   ///< fleet of the last sub
    std::optional<ClientMessage> resume;  ///< hello of this epoch, until the first sub
    FleetView* fleet = nullptr;

    std::shared_ptr<const Train> train;  ///< being sent
    std::size_t next_frame = 0;
    std::uint32_t seq = 0;                    ///< last change that was sent
    std::size_t ids = 0;                      ///< slots whose ids were sent
    std::size_t resume_from_slot = SIZE_MAX;  ///< rows from here on are not known to have arrived
    std::size_t zones = 0;
    std::uint64_t kpi = 0;

    std::int64_t interval_ms;   ///< between deltas
    std::int64_t announced_ms;  ///< the interval that it was told
    std::int64_t last_delta_ns = 0;
    std::int64_t rate_changed_ns = 0;
    std::int64_t writing_since_ns = kNever;
    bool acknowledges = false;             ///< it has sent an ack once
    std::uint32_t probe_seq = 0;           ///< oldest frame that is not acknowledged yet …
    std::int64_t probe_since_ns = kNever;  ///< … and since when
};

}  // namespace fleet::live
