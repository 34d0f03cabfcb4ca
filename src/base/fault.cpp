// SPDX-License-Identifier: Apache-2.0
#include "base/fault.hpp"

#ifdef FLEET_FAULTS

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace fleet {

namespace {

/// "name" or "name:n" of an environment variable, and how often its place was reached.
class Trigger {
  public:
    explicit Trigger(const char* variable) {
        const char* text = std::getenv(variable);
        if (text == nullptr) return;
        const std::string_view view(text);
        const std::size_t colon = view.find(':');
        name_ = view.substr(0, colon);
        if (colon == std::string_view::npos) return;
        const auto* end = view.data() + view.size();
        const auto parsed = std::from_chars(view.data() + colon + 1, end, nth_);
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

}  // namespace

bool fault_is_on(const char* name) noexcept {
    static Trigger trigger("FLEET_FAULT");
    const std::uint64_t count = trigger.reached(name);
    return count != 0 && count >= trigger.nth();
}

void crash_point(const char* name) noexcept {
    static Trigger trigger("FLEET_CRASH");
    if (trigger.reached(name) == trigger.nth()) ::_exit(137);
}

}  // namespace fleet

#endif
