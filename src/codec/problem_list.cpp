// SPDX-License-Identifier: Apache-2.0
#include "codec/problem_list.hpp"

#include <fmt/format.h>

namespace fleet::codec {

void ProblemList::add(std::string_view path, std::string_view what) {
    if (++count_ > kShown) return;
    lines_.push_back(path.empty() ? std::string(what) : fmt::format("{}: {}", path, what));
}

Error ProblemList::error() const {
    if (lines_.size() == 1) return {Code::invalid_argument, lines_.front()};
    std::string message = fmt::format("{} problems, nothing was taken", count_);
    for (const std::string& line : lines_) message += "\n  " + line;
    if (count_ > kShown) message += fmt::format("\n  … and {} more", count_ - kShown);
    return {Code::invalid_argument, std::move(message)};
}

}  // namespace fleet::codec
