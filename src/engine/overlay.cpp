// SPDX-License-Identifier: Apache-2.0
#include "engine/overlay.hpp"

#include <utility>

namespace fleet::engine {

void Overlay::note(std::uint32_t owner, std::string key, std::optional<std::string> value) {
    const std::lock_guard lock(mutex_);
    const auto [row, fresh] = rows_.insert_or_assign(key, std::move(value));
    (void)row;
    if (fresh) keys_[owner].push_back(std::move(key));
}

void Overlay::put(std::uint32_t owner, std::string key, std::string value) {
    note(owner, std::move(key), std::move(value));
}

void Overlay::erase(std::uint32_t owner, std::string key) {
    note(owner, std::move(key), std::nullopt);
}

Result<std::optional<std::string>> Overlay::get(std::string_view key) const {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = rows_.find(key); found != rows_.end()) return found->second;
    }
    return tables_.get(space_, key);
}

Result<void> Overlay::scan(std::string_view from, std::string_view to,
                           const Tables::SpaceVisitor& visit) const {
    const std::lock_guard lock(mutex_);
    auto changed = rows_.lower_bound(from);
    const auto end = to.empty() ? rows_.end() : rows_.lower_bound(to);
    bool stopped = false;
    FLEET_TRY_VOID(tables_.scan(
        space_, from, to, [&](std::string_view key, std::string_view value) -> Result<bool> {
            for (; changed != end && changed->first < key; ++changed) {
                if (!changed->second) continue;
                FLEET_TRY(const bool more, visit(changed->first, *changed->second));
                if (!more) {
                    stopped = true;
                    return false;
                }
            }
            if (changed != end && changed->first == key) return true;  // its turn comes next
            FLEET_TRY(const bool more, visit(key, value));
            stopped = !more;
            return more;
        }));
    for (; !stopped && changed != end; ++changed) {
        if (!changed->second) continue;
        FLEET_TRY(const bool more, visit(changed->first, *changed->second));
        if (!more) break;
    }
    return {};
}

void Overlay::collect(std::uint32_t owner, Tables::WriteSet& set) const {
    const std::lock_guard lock(mutex_);
    const auto keys = keys_.find(owner);
    if (keys == keys_.end()) return;
    for (const std::string& key : keys->second) {
        const auto row = rows_.find(key);
        if (row == rows_.end()) continue;
        if (row->second) {
            set.put(space_, key, *row->second);
        } else {
            set.erase(space_, key);
        }
    }
}

void Overlay::written(std::uint32_t owner) {
    const std::lock_guard lock(mutex_);
    const auto keys = keys_.find(owner);
    if (keys == keys_.end()) return;
    for (const std::string& key : keys->second) rows_.erase(key);
    keys_.erase(keys);
}

bool Overlay::changed(std::uint32_t owner) const {
    const std::lock_guard lock(mutex_);
    return keys_.contains(owner);
}

}  // namespace fleet::engine
