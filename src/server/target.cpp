// SPDX-License-Identifier: Apache-2.0
#include "server/target.hpp"

#include "codec/utf8.hpp"

#include <algorithm>
#include <numeric>

namespace fleet::server {

namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Failure bad(std::string what) {
    return fail(Code::invalid_argument, "request target: " + std::move(what));
}

Result<std::string> decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0) return bad("a '%' needs two hexadecimal digits after it");
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return bad("control characters are not allowed");
        out.push_back(c);
    }
    if (!codec::is_utf8(out)) return bad("not UTF-8");
    return out;
}

Result<void> split_query(std::string_view text, Target& target) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        if (target.query.size() == kMaxQueryParameters) return bad("too many query parameters");
        const std::size_t equals = std::min(pair.find('='), pair.size());
        FLEET_TRY(std::string name, decode(pair.substr(0, equals), true));
        FLEET_TRY(std::string value, decode(pair.substr(std::min(equals + 1, pair.size())), true));
        target.query.emplace_back(std::move(name), std::move(value));
    }
    return {};
}

}  // namespace

const std::string* Target::parameter(std::string_view name) const noexcept {
    for (const auto& [key, value] : query)
        if (key == name) return &value;
    return nullptr;
}

Result<Target> parse_target(std::string_view text) {
    Target target;
    if (text == "*") {
        target.path = "*";
        return target;
    }
    if (!text.starts_with('/')) {
        const std::size_t scheme = text.find("://");
        if (scheme == std::string_view::npos) return bad("must begin with '/'");
        const std::size_t path = text.find_first_of("/?", scheme + 3);
        text = path == std::string_view::npos ? std::string_view("/") : text.substr(path);
        if (text.front() == '?') return bad("a path must stand before the query");
    }
    if (text.find('#') != std::string_view::npos) return bad("a fragment is not sent to a server");
    const std::size_t question = std::min(text.find('?'), text.size());
    const std::string_view path = text.substr(0, question);
    target.path = path;
    target.raw_query = text.substr(std::min(question + 1, text.size()));

    std::string_view rest = path.substr(1);
    for (bool more = path.size() > 1; more;) {
        if (target.segments.size() == kMaxPathSegments) return bad("too many path segments");
        const std::size_t end = rest.find('/');
        Result<std::string> segment = decode(rest.substr(0, end), false);
        if (!segment) return fail(std::move(segment).error());
        if (*segment == "." || *segment == "..") return bad("dot segments are not allowed");
        target.segments.push_back(std::move(segment).value());
        more = end != std::string_view::npos;
        if (more) rest.remove_prefix(end + 1);
    }
    FLEET_TRY_VOID(split_query(target.raw_query, target));
    return target;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t kLongest = 64;
    if (word.size() > kLongest) return {};
    std::string_view best;
    std::size_t best_distance = word.size() / 3 + 2;
    std::vector<std::size_t> row;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > kLongest) continue;
        row.resize(candidate.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t{0});
        for (std::size_t i = 0; i < word.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i + 1;
            for (std::size_t j = 0; j < candidate.size(); ++j) {
                const std::size_t change = diagonal + (word[i] == candidate[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = candidate;
        }
    }
    return best;
}

}  // namespace fleet::server
