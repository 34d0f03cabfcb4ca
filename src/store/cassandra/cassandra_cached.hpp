// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/cassandra/cassandra_reader.hpp"

namespace fleet::store {

/// The value of a key, from the cache or read now; its age and origin are noted for
/// take_freshness().
template <class V>
Result<std::shared_ptr<const cassandra::Aged<V>>> CassandraReader::cached(
    Map<V>& map, const std::string& key, const std::function<Result<V>()>& read) {
    bool now = false;
    auto found = map.get(key, [&]() -> Result<cassandra::Aged<V>> {
        now = true;
        // Whether *this* value came from the other datacentre, and not what was read before it.
        const bool before = cassandra::Reads::take_remote();
        auto value = read();
        const bool remote = cassandra::Reads::take_remote();
        if (before || remote) cassandra::Reads::note_remote();
        if (!value) return fail(std::move(value).error());
        return cassandra::Aged<V>{std::move(value).value(), 0, remote};
    });
    if (found && !now) note_age((*found)->read_ns, (*found)->remote);
    return found;
}

}  // namespace fleet::store
