// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleet::app {

/// Rows of text for people (aligned, numbers to the right) or for spreadsheets (CSV).
class Table {
  public:
    explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
    /// As many cells as there are columns.
    void add(std::vector<std::string> cells);
    [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
    /// Columns of which every cell is a number or empty stand to the right; empty cells are shown
    /// as –.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string csv() const;

  private:
    std::vector<std::string> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Writes to standard output and flushes. False when nobody reads it any more (a closed pipe) or
/// the disk is full.
bool print(std::string_view text);
/// One line on standard error.
void say(std::string_view line);
/// Whether standard error is a terminal: only then progress is drawn.
[[nodiscard]] bool on_terminal();

/// A progress line on standard error that redraws itself; silent unless on a terminal. Not
/// thread-safe.
class Progress {
  public:
    explicit Progress(std::string title) : title_(std::move(title)), visible_(on_terminal()) {}
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `fraction` in [0, 1], or negative when the end is not known. Redraws ten times a second at
    /// most.
    void update(double fraction, std::string_view note);
    /// Takes the line away, so that other text can follow.
    void clear();

  private:
    std::string title_;
    bool visible_;
    bool drawn_ = false;
    long long last_ns_ = 0;
};

/// Bytes of anybody for a terminal: control characters and what is not ASCII as \xNN; line ends and
/// tabs stay.
[[nodiscard]] std::string printable(std::string_view bytes);
/// "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "12.3 MiB"
[[nodiscard]] std::string human_bytes(double bytes);

}  // namespace fleet::app
