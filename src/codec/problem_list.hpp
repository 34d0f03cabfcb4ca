// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// What is wrong with a file that is taken as a whole or not at all: the first problems with the
/// path of the member that each is about, and how many there are.
class ProblemList {
  public:
    static constexpr std::size_t kShown = 20;

    /// `path` such as "rule[3].limit"; empty for the whole file.
    void add(std::string_view path, std::string_view what);

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// At most kShown, "path: what".
    [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }
    /// All of it as one `invalid_argument`: the only problem, or a line for each below their
    /// number.
    [[nodiscard]] Error error() const;

  private:
    std::vector<std::string> lines_;
    std::size_t count_ = 0;
};

}  // namespace fleet::codec
