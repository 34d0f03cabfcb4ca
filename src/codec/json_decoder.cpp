// SPDX-License-Identifier: Apache-2.0
#include "codec/json_decoder.hpp"

#include "codec/json_record.hpp"
#include "codec/line_decoder.hpp"

#include <fmt/format.h>

namespace fleet::codec {

namespace {

class NdjsonDecoder final : public LineDecoder {
  public:
    NdjsonDecoder(TargetTable targets, RowRules rules, std::size_t max_rows)
        : LineDecoder(std::move(rules), max_rows),
          targets_(std::move(targets)),
          records_(targets_) {}

  private:
    void start(model::RecordBatch& out) override { records_.start(rules(), out); }
    [[nodiscard]] bool skipped(std::string_view) const noexcept override { return false; }
    [[nodiscard]] bool plausible(std::string_view first_line) const noexcept override {
        return first_line.starts_with('{');
    }
    void line(std::string_view text, const RowPlace& place, model::RecordBatch& out) override {
        records_.file(text, rules(), place, out);
    }

    TargetTable targets_;
    JsonRecordReader records_;
};

bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// An array whose elements are records. An element ends where its brackets and quotes say, so that
/// one that is no valid JSON inside does not take its neighbours along.
class JsonArrayDecoder final : public Decoder {
  public:
    JsonArrayDecoder(TargetTable targets, RowRules rules, std::size_t max_rows)
        : rules_(std::move(rules)),
          max_rows_(max_rows),
          targets_(std::move(targets)),
          records_(targets_) {}

    Result<void> decode(std::string_view bytes, bool last, model::RecordBatch& out,
                        std::size_t& consumed) override {
        at_ = 0;
        records_.start(rules_, out);
        const Result<void> done = elements(bytes, last, out);
        consumed = at_;
        offset_ += at_;
        return done;
    }
    [[nodiscard]] std::uint64_t rows() const noexcept override { return rows_; }
    void set_window(const model::TimeWindow& window) noexcept override { rules_.window = window; }

  private:
    enum class State : std::uint8_t { mark, start, first, element, skipping, after, end };

    Result<void> elements(std::string_view bytes, bool last, model::RecordBatch& out) {
        if (state_ == State::mark) {
            if (bytes.size() < 3 && !last) return {};
            if (bytes.starts_with("\xEF\xBB\xBF")) at_ = 3;
            state_ = State::start;
        }
        for (;;) {
            if (state_ == State::skipping) {
                skip(bytes);
                if (state_ == State::skipping) return last ? unfinished() : Result<void>();
            }
            while (at_ < bytes.size() && is_blank(bytes[at_])) ++at_;
            if (at_ == bytes.size())
                return last && state_ != State::end ? unfinished() : Result<void>();
            const char c = bytes[at_];
            switch (state_) {
                case State::start:
                    if (c != '[')
                        return wrong(c == '{' ? "expected '[': send an array of records, or NDJSON"
                                              : "expected '[' before the records");
                    ++at_;
                    state_ = State::first;
                    break;
                case State::first:
                case State::element: {
                    if (c == ']' && state_ == State::first) {
                        ++at_;
                        state_ = State::end;
                        break;
                    }
                    if (c == ',' || c == ']' || c == '}') return wrong("expected a record");
                    if (max_rows_ != 0 && out.rows() >= max_rows_) return {};
                    if (!element(bytes, last, out)) return last ? unfinished() : Result<void>();
                    break;
                }
                case State::after:
                    if (c != ',' && c != ']') return wrong("expected ',' or ']' after a record");
                    ++at_;
                    state_ = c == ',' ? State::element : State::end;
                    break;
                case State::end: return wrong("text after the end of the array");
                default: break;
            }
        }
    }

    /// Decodes the element at at_ and goes past it; false when its end is not there yet.
    bool element(std::string_view bytes, bool last, model::RecordBatch& out) {
        const std::string_view rest = bytes.substr(at_);
        const RowPlace place{"element", rows_, static_cast<std::uint32_t>(rows_)};
        if (rest[0] == '{' && records_.read(rest.substr(0, rules_.max_line), true, out)) {
            records_.builder().finish(place, rest.substr(0, records_.bytes()), rules_.window);
            taken(records_.bytes());
            return true;
        }
        scan_ = {};
        const std::size_t end = scan_.run(rest.substr(0, rules_.max_line + 1));
        if (end <= rules_.max_line && scan_.done) {
            records_.file(rest.substr(0, end), rules_, place, out);
            taken(end);
            return true;
        }
        if (rest.size() <= rules_.max_line) {
            (void)last;
            return false;
        }
        reject_too_large(place, rules_.max_line, rest.substr(0, rules_.max_line), out);
        ++rows_;
        at_ += end;
        state_ = State::skipping;
        if (scan_.done) state_ = State::after;
        return true;
    }

    void taken(std::size_t bytes) noexcept {
        ++rows_;
        at_ += bytes;
        state_ = State::after;
    }

    void skip(std::string_view bytes) noexcept {
        at_ += scan_.run(bytes.substr(at_));
        if (scan_.done) state_ = State::after;
    }

    /// Looks for the end of an element by brackets and quotes alone. Keeps its state over pieces.
    struct Scan {
        int depth = 0;
        bool in_string = false;
        bool escape = false;
        bool done = false;

        /// Bytes of `text` that belong to the element.
        std::size_t run(std::string_view text) noexcept {
            for (std::size_t i = 0; i < text.size(); ++i) {
                const char c = text[i];
                if (in_string) {
                    if (escape) {
                        escape = false;
                    } else if (c == '\\') {
                        escape = true;
                    } else if (c == '"') {
                        in_string = false;
                    }
                    continue;
                }
                if (c == '"') {
                    in_string = true;
                } else if (c == '{' || c == '[') {
                    ++depth;
                } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
                    done = true;
                    return i;
                } else if (c == '}' || c == ']') {
                    if (--depth == 0) {
                        done = true;
                        return i + 1;
                    }
                }
            }
            return text.size();
        }
    };

    [[nodiscard]] Failure wrong(std::string_view what) const {
        return fail(Code::invalid_argument, fmt::format("byte {}: {}", offset_ + at_ + 1, what));
    }
    [[nodiscard]] Failure unfinished() const {
        return fail(Code::invalid_argument, fmt::format("byte {}: the array ends too early (after "
                                                        "{} whole records); its end ']' is missing",
                                                        offset_ + at_ + 1, rows_));
    }

    RowRules rules_;
    std::size_t max_rows_;
    TargetTable targets_;
    JsonRecordReader records_;
    Scan scan_;
    State state_ = State::mark;
    std::size_t at_ = 0;        ///< in the bytes of this call
    std::uint64_t offset_ = 0;  ///< of the bytes of this call in the input
    std::uint64_t rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_json_decoder(const DecodeOptions& options) {
    FLEET_TRY(RowRules rules, RowRules::make(options));
    FLEET_TRY(TargetTable targets, TargetTable::make(options));
    if (options.format == Format::ndjson)
        return std::unique_ptr<Decoder>(
            new NdjsonDecoder(std::move(targets), std::move(rules), options.max_rows));
    return std::unique_ptr<Decoder>(
        new JsonArrayDecoder(std::move(targets), std::move(rules), options.max_rows));
}

}  // namespace fleet::codec
