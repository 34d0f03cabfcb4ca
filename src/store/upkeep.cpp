// SPDX-License-Identifier: Apache-2.0
#include "store/upkeep.hpp"

#include <algorithm>

namespace fleet::store {

bool is_backup_name(std::string_view name) noexcept {
    const auto fine = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= kMaxBackupName && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), fine);
}

std::string default_backup_name(Timestamp now) {
    std::string name = format_rfc3339(now).substr(0, 19);  // without milliseconds and zone
    std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
    return name + "Z";
}

}  // namespace fleet::store
