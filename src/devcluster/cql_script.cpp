// SPDX-License-Identifier: Apache-2.0
#include "devcluster/cql_script.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fleet::devcluster {

namespace {

constexpr std::string_view kBlank = " \t\r\n";

class Splitter {
  public:
    explicit Splitter(std::string_view script) : rest_(script) {}

    Result<std::vector<CqlStatement>> split() {
        while (!rest_.empty()) FLEET_TRY_VOID(step());
        if (!statement_.text.empty())
            return fail(
                Code::invalid_argument,
                fmt::format("line {}: the last statement has no semicolon", statement_.line));
        return std::move(statements_);
    }

  private:
    Result<void> step() {
        if (starts("--") || starts("//")) {
            skip(std::min(rest_.find('\n'), rest_.size()));
            return {};
        }
        if (starts("/*")) return quoted("/*", "*/", "comment", false);
        if (starts("$$")) return quoted("$$", "$$", "text", true);
        if (starts("'")) return quoted("'", "'", "string", true);
        if (starts("\"")) return quoted("\"", "\"", "name", true);
        const char c = rest_.front();
        if (c == ';') {
            finish();
        } else if (!statement_.text.empty() || kBlank.find(c) == std::string_view::npos) {
            keep(rest_.substr(0, 1));
        }
        skip(1);
        return {};
    }

    /// A doubled quote inside ends one string and begins the next, which is the same text.
    Result<void> quoted(std::string_view open, std::string_view close, std::string_view what,
                        bool kept) {
        const auto end = rest_.find(close, open.size());
        if (end == std::string_view::npos)
            return fail(Code::invalid_argument,
                        fmt::format("line {}: this {} does not end", line_, what));
        const std::size_t length = end + close.size();
        // A comment separates words as a blank does.
        if (kept) {
            keep(rest_.substr(0, length));
        } else if (!statement_.text.empty()) {
            keep(" ");
        }
        skip(length);
        return {};
    }

    void keep(std::string_view text) {
        if (statement_.text.empty()) statement_.line = line_;
        statement_.text += text;
    }

    void finish() {
        const auto end = statement_.text.find_last_not_of(kBlank);
        statement_.text.resize(end == std::string::npos ? 0 : end + 1);
        if (!statement_.text.empty()) statements_.push_back(std::move(statement_));
        statement_ = {};
    }

    void skip(std::size_t count) {
        line_ += static_cast<std::size_t>(
            std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count), '\n'));
        rest_.remove_prefix(count);
    }

    [[nodiscard]] bool starts(std::string_view with) const {
        return rest_.substr(0, with.size()) == with;
    }

    std::string_view rest_;
    std::size_t line_ = 1;
    CqlStatement statement_;
    std::vector<CqlStatement> statements_;
};

}  // namespace

Result<std::vector<CqlStatement>> split_cql(std::string_view script) {
    return Splitter(script).split();
}

}  // namespace fleet::devcluster
