// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

namespace fleet {

/// Appends what precedes the samples of a metric in the text format of Prometheus; `type` is
/// counter, gauge, summary or histogram.
inline void describe_metric(std::string& out, std::string_view name, std::string_view type,
                            std::string_view help) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

/// A metric of one sample without labels.
template <class T>
void append_metric(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help, T value) {
    describe_metric(out, name, type, help);
    fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

}  // namespace fleet
