// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fleet::model {

/// One numeric field of some rows of a device, side by side with their times, ascending; only of
/// the rows that carry the field.
struct ColumnValues {
    std::vector<std::int64_t> ts_ms;
    std::vector<std::int32_t> values;  ///< in stored units

    [[nodiscard]] std::size_t size() const noexcept { return ts_ms.size(); }
    void resize(std::size_t size) {
        ts_ms.resize(size);
        values.resize(size);
    }
};

}  // namespace fleet::model
