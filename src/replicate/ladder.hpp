// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cql/error.hpp"
#include "cql/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::replicate {

/// Consistencies in the order in which they are tried. Behind the last one there is the journal:
/// what no rung took stays there.
enum class Rung : std::uint8_t {
    local_quorum,  ///< of the home datacentre, which answers fastest
    quorum,  ///< of all replicas; meets every LOCAL_QUORUM of the home datacentre in a replica
    remote,  ///< LOCAL_QUORUM of the other datacentre: nothing that home reads, until repaired
};
inline constexpr std::size_t kRungs = 3;

[[nodiscard]] std::string_view to_string(Rung rung) noexcept;
[[nodiscard]] cql::Consistency consistency_of(Rung rung) noexcept;
[[nodiscard]] cql::Route route_of(Rung rung) noexcept;

/// Rungs that a keyspace offers, from its real replication. `quorum` is left out where a QUORUM and
/// a LOCAL_QUORUM of home need not share a replica (r/2 + 1 + n/2 + 1 > n is what makes them; true
/// for 2 + 2, false for 3 + 3), `remote` where no other datacentre is named. Errors:
/// invalid_argument, with what the keyspace has, if a datacentre holds no replica of it.
[[nodiscard]] Result<std::vector<Rung>> rungs_of(std::span<const cql::Replication> replication,
                                                 std::string_view home_dc,
                                                 std::string_view remote_dc);

/// Whether another rung may succeed where this error came from. Not if the request itself is wrong.
[[nodiscard]] bool may_climb(cql::ErrorClass error) noexcept;

struct LadderOptions {
    /// A rung is left out after so many failures within the window …
    unsigned open_after = 3;
    std::int64_t window_ns = 1'000'000'000;
    /// … and then tried with one request each time this has passed.
    std::int64_t probe_every_ns = 5'000'000'000;
    /// Requests that a rung gets at once while it has failed within the window: each of them can
    /// hold a thread of the coordinator until it times out.
    std::size_t suspicious_in_flight = 4;
};

/// What a rung has done, for health, metrics and reports.
struct RungState {
    Rung rung{};
    bool open = false;  ///< left out
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t opened = 0;  ///< times
    std::size_t in_flight = 0;
    std::optional<cql::ErrorClass> last_error;
};

/// The consistency ladder with a circuit breaker for each rung: which consistency a request is
/// tried at, and where it goes from a failure. Every request that was begun is ended once, by
/// succeeded() or failed(). Times are monotonic nanoseconds. Not thread-safe.
class Ladder {
  public:
    explicit Ladder(const std::vector<Rung>& rungs, LadderOptions options = {});

    /// The first rung that may be tried now. Nothing: none may; try again at retry_at().
    [[nodiscard]] std::optional<Rung> begin(std::int64_t now_ns);
    void succeeded(Rung rung, std::int64_t now_ns);
    /// Where the request is tried next: begun there. Nothing: it stays in the journal.
    [[nodiscard]] std::optional<Rung> failed(Rung rung, cql::ErrorClass error, std::int64_t now_ns);
    /// When a rung is due for a probe at the earliest; `now_ns` if one may be tried now.
    [[nodiscard]] std::int64_t retry_at(std::int64_t now_ns) const;

    /// Something was written at `remote` that home does not have for certain: what home reads may
    /// be stale until repaired() is called.
    [[nodiscard]] bool stale() const noexcept { return stale_; }
    void repaired() noexcept { stale_ = false; }

    [[nodiscard]] std::vector<RungState> states() const;
    /// Changes of breakers since the last call, as sentences for the log.
    [[nodiscard]] std::vector<std::string> take_events();

  private:
    struct Breaker {
        RungState state;
        std::deque<std::int64_t> failures;  ///< within the window, at most open_after
        std::int64_t probe_at_ns = 0;
        bool probing = false;
    };
    [[nodiscard]] std::optional<Rung> begin_from(std::size_t first, std::int64_t now_ns);
    [[nodiscard]] bool may_begin(const Breaker& breaker, std::int64_t now_ns) const;
    [[nodiscard]] std::size_t index_of(Rung rung) const;
    [[nodiscard]] bool suspicious(const Breaker& breaker, std::int64_t now_ns) const;

    LadderOptions options_;
    std::vector<Breaker> breakers_;
    bool stale_ = false;
    std::vector<std::string> events_;
};

}  // namespace fleet::replicate
