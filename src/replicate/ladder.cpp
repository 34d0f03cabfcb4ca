// SPDX-License-Identifier: Apache-2.0
#include "replicate/ladder.hpp"

#include "base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::replicate {

std::string_view to_string(Rung rung) noexcept {
    switch (rung) {
        case Rung::local_quorum: return "local_quorum";
        case Rung::quorum: return "quorum";
        case Rung::remote: return "remote";
    }
    return "unknown";
}

cql::Consistency consistency_of(Rung rung) noexcept {
    return rung == Rung::quorum ? cql::Consistency::quorum : cql::Consistency::local_quorum;
}

cql::Route route_of(Rung rung) noexcept {
    switch (rung) {
        case Rung::local_quorum: return cql::Route::home;
        case Rung::quorum: return cql::Route::any;
        case Rung::remote: return cql::Route::remote;
    }
    return cql::Route::home;
}

Result<std::vector<Rung>> rungs_of(std::span<const cql::Replication> replication,
                                   std::string_view home_dc, std::string_view remote_dc) {
    std::uint64_t all = 0;
    std::string has;
    for (const cql::Replication& dc : replication) {
        all += dc.factor;
        has += fmt::format("{}{} × {}", has.empty() ? "" : ", ", dc.factor,
                           dc.datacenter.empty() ? "any datacentre" : dc.datacenter);
    }
    const auto factor_in = [&](std::string_view dc) -> Result<std::uint64_t> {
        for (const cql::Replication& r : replication)
            if (r.datacenter == dc && r.factor > 0) return r.factor;
        return fail(
            Code::invalid_argument,
            fmt::format("the keyspace has no replicas in datacentre \"{}\" (it has {}): name "
                        "one of its datacentres, or change the replication of the keyspace",
                        dc, has.empty() ? "none" : has));
    };
    FLEET_TRY(const std::uint64_t home, factor_in(home_dc));
    std::vector<Rung> rungs{Rung::local_quorum};
    if ((home / 2 + 1) + (all / 2 + 1) > all) rungs.push_back(Rung::quorum);
    if (!remote_dc.empty()) {
        FLEET_TRY_VOID(factor_in(remote_dc));
        rungs.push_back(Rung::remote);
    }
    return rungs;
}

bool may_climb(cql::ErrorClass error) noexcept {
    switch (error) {
        case cql::ErrorClass::unavailable:
        case cql::ErrorClass::write_timeout:
        case cql::ErrorClass::read_timeout:
        case cql::ErrorClass::write_failure:
        case cql::ErrorClass::read_failure:
        case cql::ErrorClass::overloaded:
        case cql::ErrorClass::bootstrapping:
        case cql::ErrorClass::client_timeout:
        case cql::ErrorClass::no_connection:
        case cql::ErrorClass::broken:
        case cql::ErrorClass::server: return true;
        case cql::ErrorClass::syntax:
        case cql::ErrorClass::invalid:
        case cql::ErrorClass::unauthorized:
        case cql::ErrorClass::authentication:
        case cql::ErrorClass::already_exists:
        case cql::ErrorClass::schema_agreement:
        case cql::ErrorClass::protocol:
        case cql::ErrorClass::cancelled:
        case cql::ErrorClass::internal: return false;
    }
    return false;
}

Ladder::Ladder(const std::vector<Rung>& rungs, LadderOptions options) : options_(options) {
    FLEET_CHECK(!rungs.empty() && options.open_after > 0);
    for (const Rung rung : rungs) {
        breakers_.emplace_back();
        breakers_.back().state.rung = rung;
    }
}

std::size_t Ladder::index_of(Rung rung) const {
    const auto found = std::find_if(breakers_.begin(), breakers_.end(),
                                    [&](const Breaker& b) { return b.state.rung == rung; });
    FLEET_CHECK(found != breakers_.end());
    return static_cast<std::size_t>(found - breakers_.begin());
}

bool Ladder::suspicious(const Breaker& breaker, std::int64_t now_ns) const {
    return !breaker.failures.empty() && now_ns - breaker.failures.back() < options_.window_ns;
}

bool Ladder::may_begin(const Breaker& breaker, std::int64_t now_ns) const {
    if (breaker.state.open) return !breaker.probing && now_ns >= breaker.probe_at_ns;
    return !suspicious(breaker, now_ns) || breaker.state.in_flight < options_.suspicious_in_flight;
}

std::optional<Rung> Ladder::begin_from(std::size_t first, std::int64_t now_ns) {
    for (std::size_t i = first; i < breakers_.size(); ++i) {
        Breaker& breaker = breakers_[i];
        if (!may_begin(breaker, now_ns)) continue;
        if (breaker.state.open) breaker.probing = true;
        ++breaker.state.in_flight;
        return breaker.state.rung;
    }
    return std::nullopt;
}

std::optional<Rung> Ladder::begin(std::int64_t now_ns) { return begin_from(0, now_ns); }

void Ladder::succeeded(Rung rung, std::int64_t now_ns) {
    (void)now_ns;
    Breaker& breaker = breakers_[index_of(rung)];
    FLEET_CHECK(breaker.state.in_flight > 0);
    --breaker.state.in_flight;
    ++breaker.state.succeeded;
    if (rung == Rung::remote) stale_ = true;
    // An answer to a request from before the breaker opened says nothing new; the probe's does. But
    // the first success after it says that the rung answers again, whichever request it was.
    if (!breaker.state.open) return;
    breaker.state.open = false;
    breaker.probing = false;
    breaker.failures.clear();
    events_.push_back(fmt::format("{} answers again", to_string(rung)));
}

std::optional<Rung> Ladder::failed(Rung rung, cql::ErrorClass error, std::int64_t now_ns) {
    const std::size_t index = index_of(rung);
    Breaker& breaker = breakers_[index];
    FLEET_CHECK(breaker.state.in_flight > 0);
    --breaker.state.in_flight;
    if (!may_climb(error)) {
        if (breaker.state.open) breaker.probing = false;
        return std::nullopt;
    }
    ++breaker.state.failed;
    breaker.state.last_error = error;
    if (breaker.state.open) {
        breaker.probing = false;
        breaker.probe_at_ns = now_ns + options_.probe_every_ns;
    } else {
        breaker.failures.push_back(now_ns);
        while (now_ns - breaker.failures.front() >= options_.window_ns)
            breaker.failures.pop_front();
        if (breaker.failures.size() >= options_.open_after) {
            breaker.state.open = true;
            ++breaker.state.opened;
            breaker.probe_at_ns = now_ns + options_.probe_every_ns;
            breaker.failures.clear();
            events_.push_back(fmt::format("{} is left out after {} failures, the last: {}",
                                          to_string(rung), options_.open_after,
                                          cql::to_string(error)));
        }
    }
    return begin_from(index + 1, now_ns);
}

std::int64_t Ladder::retry_at(std::int64_t now_ns) const {
    std::int64_t at = now_ns + options_.probe_every_ns;
    for (const Breaker& breaker : breakers_) {
        if (may_begin(breaker, now_ns)) return now_ns;
        if (breaker.state.open && !breaker.probing) at = std::min(at, breaker.probe_at_ns);
        // A rung with suspicious requests under way frees up when the window is over.
        if (!breaker.state.open) at = std::min(at, breaker.failures.back() + options_.window_ns);
    }
    return at;
}

std::vector<RungState> Ladder::states() const {
    std::vector<RungState> out;
    for (const Breaker& breaker : breakers_) out.push_back(breaker.state);
    return out;
}

std::vector<std::string> Ladder::take_events() { return std::exchange(events_, {}); }

}  // namespace fleet::replicate
