// SPDX-License-Identifier: Apache-2.0
#include "base/fault.hpp"

#ifdef FLEET_FAULTS

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>

namespace fleet {

namespace {

/// One "name" or "name:n" of an environment variable, and how often its place was reached.
class Trigger {
  public:
    explicit Trigger(std::string_view text) {
        const std::size_t colon = text.find(':');
        name_ = text.substr(0, colon);
        if (colon == std::string_view::npos) return;
        const auto* end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data() + colon + 1, end, nth_);
        // A canary with a typing error must not pass for a working one.
        if (parsed.ec != std::errc() || parsed.ptr != end || nth_ == 0) std::abort();
    }

    /// How often the named place was reached, this time included; 0 for another name.
    std::uint64_t reached(std::string_view name) noexcept {
        if (name != name_) return 0;
        return count_.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    [[nodiscard]] std::uint64_t nth() const noexcept { return nth_; }

  private:
    std::string name_;
    std::uint64_t nth_ = 1;
    std::atomic<std::uint64_t> count_ = 0;
};

/// The triggers of a variable that lists them with commas.
std::deque<Trigger> triggers_of(const char* variable) {
    std::deque<Trigger> triggers;
    const char* text = std::getenv(variable);
    std::string_view rest = text == nullptr ? "" : text;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        triggers.emplace_back(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    }
    return triggers;
}

}  // namespace

bool fault_is_on(const char* name) noexcept {
    static std::deque<Trigger> triggers = triggers_of("FLEET_FAULT");
    bool on = false;
    for (Trigger& trigger : triggers) {
        const std::uint64_t count = trigger.reached(name);
        on = on || (count != 0 && count >= trigger.nth());
    }
    return on;
}

void crash_point(const char* name) noexcept {
    static std::deque<Trigger> triggers = triggers_of("FLEET_CRASH");
    for (Trigger& trigger : triggers)
        if (trigger.reached(name) == trigger.nth()) ::_exit(137);
}

}  // namespace fleet

#endif
