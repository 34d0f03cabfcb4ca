// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "store/alert.hpp"
#include "store/cassandra/reads.hpp"
#include "store/time_range.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace fleet::store::cassandra {

/// Alerts of several partitions as one list, newest first, those of one start by id: the first
/// pages are read side by side, then each partition is read on when its page is used up. Not
/// thread-safe.
class AlertSlices {
  public:
    struct Slice {
        std::string partition;  ///< fleet id of the key, with its part
        Day day;
        model::Severity severity{};
    };

    /// `page_rows` of each partition at a time. `fleet` is the plain id.
    AlertSlices(Reads& reads, std::string fleet, std::vector<Slice> slices, TimeRange range,
                std::uint32_t page_rows);

    /// All alerts of the next start, by id; empty at the end. While an alert moves to another
    /// severity it can be in two partitions: it is given once, with the higher one.
    [[nodiscard]] Result<std::vector<Alert>> next();

  private:
    struct Cursor {
        Slice slice;
        std::deque<Alert> alerts;
        std::string page_state;
        bool more = true;
    };
    /// Reads a page of each partition that has none left.
    [[nodiscard]] Result<void> fill();

    Reads& reads_;
    std::string fleet_;
    TimeRange range_;
    std::uint32_t page_rows_;
    std::vector<Cursor> cursors_;
};

}  // namespace fleet::store::cassandra
