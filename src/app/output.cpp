// SPDX-License-Identifier: Apache-2.0
#include "app/output.hpp"

#include "base/check.hpp"
#include "base/time.hpp"
#include "codec/record_csv.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace fleet::app {

namespace {

/// Characters, not bytes, of UTF-8 text.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_number(std::string_view text) {
    const bool plain = text.find_first_not_of("0123456789.,-+eE%") == std::string_view::npos;
    return text.empty() || (plain && text.find_first_of("0123456789") != std::string_view::npos);
}

void pad(std::string& out, std::string_view text, std::size_t width, bool right) {
    const std::size_t blanks = width - std::min(width, width_of(text));
    if (right) out.append(blanks, ' ');
    out.append(text);
    if (!right) out.append(blanks, ' ');
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
    FLEET_CHECK(cells.size() == columns_.size());
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    std::vector<bool> numeric;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        std::size_t width = width_of(columns_[c]);
        bool numbers = !rows_.empty();
        for (const auto& row : rows_) {
            width = std::max(width, row[c].empty() ? 1 : width_of(row[c]));
            numbers = numbers && is_number(row[c]);
        }
        widths.push_back(width);
        numeric.push_back(numbers);
    }
    std::string out;
    const auto line = [&](const std::vector<std::string>& cells) {
        for (std::size_t c = 0; c < cells.size(); ++c) {
            if (c != 0) out += "  ";
            pad(out, cells[c].empty() ? "–" : std::string_view(cells[c]), widths[c], numeric[c]);
        }
        while (!out.empty() && out.back() == ' ') out.pop_back();
        out.push_back('\n');
    };
    line(columns_);
    for (const auto& row : rows_) line(row);
    return out;
}

std::string Table::csv() const {
    std::string out;
    const auto line = [&](const std::vector<std::string>& cells) {
        for (std::size_t c = 0; c < cells.size(); ++c) {
            if (c != 0) out.push_back(',');
            if (is_number(cells[c])) {
                out += cells[c];  // a negative number is no formula
            } else {
                codec::append_csv_text(out, cells[c]);
            }
        }
        out += '\n';
    };
    line(columns_);
    for (const auto& row : rows_) line(row);
    return out;
}

bool print(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
}

void say(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fputc('\n', stderr);
}

bool on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

void Progress::update(double fraction, std::string_view note) {
    if (!visible_) return;
    constexpr long long kRedrawNs = 100'000'000;
    const long long now = SystemClock().monotonic_ns();
    if (drawn_ && now - last_ns_ < kRedrawNs) return;
    last_ns_ = now;
    drawn_ = true;
    constexpr int kWidth = 24;
    std::string bar;
    if (fraction >= 0) {
        const int full = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * kWidth);
        bar = fmt::format("[{:=<{}}{: <{}}] {:3.0f}%  ", "", full, "", kWidth - full,
                          std::clamp(fraction, 0.0, 1.0) * 100);
    }
    const std::string text = fmt::format("\r\x1b[K{}  {}{}", title_, bar, note);
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

void Progress::clear() {
    if (!drawn_) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
}

std::string grouped(std::uint64_t number) {
    std::string digits = fmt::format("{}", number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

std::string human_bytes(double bytes) {
    static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
    return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string printable(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte >= 0x7F) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace fleet::app
