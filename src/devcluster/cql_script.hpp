// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::devcluster {

/// One statement of a script, without its comments and its semicolon.
struct CqlStatement {
    std::string text;
    std::size_t line = 0;  ///< where it begins, from 1
};

/// Splits a CQL script at its semicolons, as cqlsh does: not at those in 'strings' ('' is a
/// quote), "names", $$ texts $$ and comments (--, //, /* */). Errors: invalid_argument with the
/// line for a string, name, text or comment that does not end, and for a last statement without
/// semicolon.
[[nodiscard]] Result<std::vector<CqlStatement>> split_cql(std::string_view script);

}  // namespace fleet::devcluster
