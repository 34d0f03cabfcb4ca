// SPDX-License-Identifier: Apache-2.0
#include "fold/rule_set.hpp"

#include "fold/day_rules.hpp"

#include <algorithm>
#include <array>
#include <atomic>

namespace fleet::fold {

namespace {

/// Rules that hold for one scope between two changes.
struct Key {
    std::uint32_t fleet_class = 0;
    std::uint32_t device_class = 0;
    std::size_t first = 0;  ///< positions in rule_times()
    std::size_t last = 0;
    bool operator==(const Key&) const = default;

    [[nodiscard]] std::size_t hash() const noexcept {
        std::uint64_t h = fleet_class;
        for (const std::uint64_t part :
             {std::uint64_t{device_class}, std::uint64_t{first}, std::uint64_t{last}})
            h = (h ^ part) * 0x9E37'79B9'7F4A'7C15ULL;
        return static_cast<std::size_t>(h >> 40);
    }
};

constexpr std::size_t kBuckets = 1'024;
/// More scopes than this are compiled anew each time.
constexpr std::size_t kMaxCached = 65'536;

}  // namespace

/// The cache only grows, so readers need no lock: a bucket is a list whose head is replaced.
struct RuleSet::Impl {
    struct Node {
        Key key;
        std::shared_ptr<const DayRules> rules;
        Node* next = nullptr;
    };

    std::shared_ptr<const RuleTable> table;
    mutable std::array<std::atomic<Node*>, kBuckets> buckets{};
    mutable std::atomic<std::size_t> cached{0};

    explicit Impl(std::shared_ptr<const RuleTable> t) : table(std::move(t)) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        for (std::atomic<Node*>& bucket : buckets)
            for (Node* node = bucket.load(); node != nullptr;)
                delete std::exchange(node, node->next);
    }

    static const Node* find(const Node* node, const Key& key) noexcept {
        while (node != nullptr && !(node->key == key)) node = node->next;
        return node;
    }

    std::shared_ptr<const DayRules> get(const Key& key) const {
        std::atomic<Node*>& bucket = buckets[key.hash() % kBuckets];
        Node* head = bucket.load(std::memory_order_acquire);
        if (const Node* found = find(head, key)) return found->rules;
        auto node = std::make_unique<Node>();
        node->key = key;
        node->rules =
            compile(table, table->in_scope(key.fleet_class, key.device_class), key.first, key.last);
        if (cached.load(std::memory_order_relaxed) >= kMaxCached) return node->rules;
        node->next = head;
        while (!bucket.compare_exchange_weak(node->next, node.get(), std::memory_order_acq_rel,
                                             std::memory_order_acquire))
            if (const Node* found = find(node->next, key)) return found->rules;  // another thread's
        cached.fetch_add(1, std::memory_order_relaxed);
        return node.release()->rules;
    }
};

RuleSet::RuleSet(std::vector<RuleVersion> rules, std::vector<ZoneVersion> zones)
    : impl_(std::make_unique<Impl>(
          std::make_shared<const RuleTable>(std::move(rules), std::move(zones)))) {}

RuleSet::~RuleSet() = default;

std::shared_ptr<const DayRules> RuleSet::for_day(std::string_view device, std::string_view fleet,
                                                 Day day) const {
    const RuleTable& table = *impl_->table;
    const std::vector<std::int64_t>& times = table.rule_times();
    Key key;
    key.fleet_class = table.fleet_class(fleet);
    key.device_class = table.device_class(device);
    key.first = static_cast<std::size_t>(
        std::upper_bound(times.begin(), times.end(), day.begin().ms) - times.begin());
    key.last = static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), day.end().ms) -
                                        times.begin());
    return impl_->get(key);
}

std::vector<std::uint32_t> RuleSet::zones_at(model::GeoPoint at, std::int64_t ts_ms) const {
    std::vector<std::uint32_t> found;
    impl_->table->containing(at, ts_ms, found);
    for (std::uint32_t& zone : found) zone = impl_->table->zones()[zone].number;
    return found;
}

}  // namespace fleet::fold
