// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/record.hpp"

namespace fleet::model {

/// What a record with a known identity (device, ms) did to the stored row.
enum class MergeOutcome {
    duplicate,  ///< equal, or one side extends the other in every group
    conflict,   ///< in some group the tuples differ and neither extends the other
};

/// Merges `incoming` into `stored` group by group (I4): tuples are compared field by field, absent
/// < any value, and the larger one is kept whole; attributes are a group each. Commutative,
/// associative, idempotent in the row; the outcome is not. `changed` says whether `stored` is
/// another row now.
MergeOutcome merge(Sample& stored, TextPool& stored_texts, const Sample& incoming,
                   const TextPool& incoming_texts, bool& changed);

/// Three-way order of one group's tuple: −1, 0, 1.
[[nodiscard]] int compare_group(Group group, const Sample& a, const TextPool& a_texts,
                                const Sample& b, const TextPool& b_texts) noexcept;

}  // namespace fleet::model
