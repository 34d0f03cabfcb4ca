// SPDX-License-Identifier: Apache-2.0
#include "codec/influx.hpp"

#include "codec/line_decoder.hpp"
#include "codec/target.hpp"

#include <array>

namespace fleet::codec {

namespace {

using Kind = Target::Kind;

std::vector<TargetTable::Alias> tag_aliases() {
    return {{"device", "device_id", {}}, {"name", "device_id", {}}, {"fleet", "fleet_id", {}}};
}

std::vector<TargetTable::Alias> field_aliases() {
    return {{"latitude", "lat", {}},         {"longitude", "lon", {}},
            {"elevation", "altitude_m", {}}, {"velocity", "speed_kmh", {}},
            {"heading", "heading_deg", {}},  {"fuel_state", "fuel_pct", {1, 2}}};
}

/// Rank of a tag that may name the device; the lowest one does.
std::size_t device_rank(std::string_view tag) noexcept {
    if (tag == "name") return 3;
    if (tag == "device") return 2;
    return tag == "device_id" ? 1 : 0;  // 0: mapped by the options
}

std::optional<bool> boolean_of(std::string_view text) noexcept {
    if (text == "t" || text == "T" || text == "true" || text == "True" || text == "TRUE")
        return true;
    if (text == "f" || text == "F" || text == "false" || text == "False" || text == "FALSE")
        return false;
    return std::nullopt;
}

bool is_integer(std::string_view text) noexcept {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Factor to_ms(InfluxPrecision precision) noexcept {
    switch (precision) {
        case InfluxPrecision::ns: return {1, -6};
        case InfluxPrecision::us: return {1, -3};
        case InfluxPrecision::ms: return {};
        case InfluxPrecision::s: return {1, 3};
    }
    return {};
}

class InfluxDecoder final : public LineDecoder {
  public:
    InfluxDecoder(TargetTable tags, TargetTable fields, RowRules rules,
                  const DecodeOptions& options)
        : LineDecoder(std::move(rules), options.max_rows),
          tags_(std::move(tags)),
          fields_(std::move(fields)),
          tag_guess_(tags_),
          field_guess_(fields_),
          to_ms_(to_ms(options.precision)) {}

  private:
    void start(model::RecordBatch& out) override { builder_.start(rules(), out); }
    [[nodiscard]] bool skipped(std::string_view line) const noexcept override {
        return line.starts_with('#');
    }
    [[nodiscard]] bool plausible(std::string_view) const noexcept override { return false; }

    void line(std::string_view text, const RowPlace& place, model::RecordBatch& out) override {
        begin_ = p_ = text.data();
        end_ = begin_ + text.size();
        problem_ = {};
        out_ = &out;
        builder_.begin();
        if (!tags() || !fields() || !time()) {
            const auto column = static_cast<std::size_t>(p_ - begin_) + 1;
            out.reject(model::Reason::bad_syntax, place.index, text,
                       "line " + std::to_string(place.number) + ", column " +
                           std::to_string(column) + ": " + std::string(problem_));
            return;
        }
        builder_.finish(place, text, rules().window);
    }

    bool wrong(std::string_view problem) noexcept {
        problem_ = problem;
        return false;
    }

    /// Text up to the first of `stops` that no backslash protects; without the backslashes before a
    /// comma, blank or equals sign.
    template <class Stops>
    std::string_view token(Stops stops) {
        const char* const from = p_;
        bool escaped = false;
        while (p_ != end_ && !stops(*p_)) {
            if (*p_ == '\0') break;
            if (*p_ == '\\' && p_ + 1 != end_ && (p_[1] == ',' || p_[1] == ' ' || p_[1] == '=')) {
                escaped = true;
                ++p_;
            }
            ++p_;
        }
        const std::string_view raw(from, static_cast<std::size_t>(p_ - from));
        if (!escaped) return raw;
        scratch_.clear();
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '\\' && i + 1 < raw.size() &&
                (raw[i + 1] == ',' || raw[i + 1] == ' ' || raw[i + 1] == '='))
                ++i;
            scratch_.push_back(raw[i]);
        }
        return out_->arena.copy(scratch_);
    }

    /// Measurement and tags, up to the blank.
    bool tags() {
        while (p_ != end_ && (*p_ == ' ' || *p_ == '\t')) ++p_;
        if (token([](char c) { return c == ',' || c == ' '; }).empty())
            return wrong("expected a measurement");
        struct Tag {
            std::string_view name;
            std::string_view value;
        };
        std::array<Tag, 4> devices{};
        for (std::size_t position = 0; p_ != end_ && *p_ == ','; ++position) {
            ++p_;
            const std::string_view name =
                token([](char c) { return c == ',' || c == ' ' || c == '='; });
            if (name.empty() || p_ == end_ || *p_ != '=') return wrong("expected tag=value");
            ++p_;
            const std::string_view value =
                token([](char c) { return c == ',' || c == ' ' || c == '='; });
            if (value.empty()) return wrong("expected a value after '='");
            const Target* target = tag_guess_.find(name, position);
            if (target == nullptr) {
                builder_.attribute(name, value);
            } else if (target->kind == Kind::device) {
                Tag& tag = devices[device_rank(name)];
                if (!tag.name.empty()) return wrong("a device tag that is given twice");
                tag = {name, value};
            } else if (target->kind == Kind::attribute) {
                builder_.string(*target, name, value);
            } else {
                builder_.text(*target, name, value);
            }
        }
        if (p_ == end_ || *p_ != ' ')
            return wrong(p_ == end_ ? "expected fields after the tags" : "expected ',' or a blank");
        bool named = false;
        for (const Tag& tag : devices) {
            if (tag.name.empty()) continue;
            if (named) {
                builder_.attribute(tag.name, tag.value);
            } else {
                builder_.string(device_, tag.name, tag.value);
            }
            named = true;
        }
        return true;
    }

    bool fields() {
        while (p_ != end_ && *p_ == ' ') ++p_;
        for (std::size_t position = 0;; ++position) {
            const std::string_view name =
                token([](char c) { return c == ',' || c == ' ' || c == '='; });
            if (name.empty() || p_ == end_ || *p_ != '=') return wrong("expected field=value");
            ++p_;
            const Target* known = field_guess_.find(name, position);
            const Target& target = known == nullptr ? attribute_ : *known;
            if (p_ != end_ && *p_ == '"') {
                std::string_view text;
                if (!quoted(text)) return false;
                builder_.string(target, name, text);
            } else {
                const char* const from = p_;
                while (p_ != end_ && *p_ != ',' && *p_ != ' ') ++p_;
                if (p_ == from) return wrong("expected a value after '='");
                value(target, name, {from, static_cast<std::size_t>(p_ - from)});
            }
            if (p_ == end_ || *p_ == ' ') return true;
            if (*p_ != ',') return wrong("expected ',' or a blank");
            ++p_;
        }
    }

    void value(const Target& target, std::string_view name, std::string_view text) {
        if (const auto flag = boolean_of(text)) return builder_.boolean(target, name, *flag);
        std::string_view digits = text;
        if (text.ends_with('i') || text.ends_with('u')) {
            digits.remove_suffix(1);
            if (!is_integer(digits)) return builder_.unusable(target, name, "is no number");
        }
        if (target.kind == Kind::boolean) return builder_.text(target, name, digits);
        if (!parse_scaled(digits, 0)) return builder_.unusable(target, name, "is no number");
        builder_.number(target, name, digits);
    }

    bool quoted(std::string_view& text) {
        const char* const from = ++p_;
        bool escaped = false;
        while (p_ != end_ && *p_ != '"') {
            if (*p_ == '\0') return wrong("a NUL byte");
            if (*p_ == '\\' && p_ + 1 != end_ && (p_[1] == '"' || p_[1] == '\\')) {
                escaped = true;
                ++p_;
            }
            ++p_;
        }
        if (p_ == end_) return wrong("a string without its closing quote");
        text = {from, static_cast<std::size_t>(p_ - from)};
        ++p_;
        if (!escaped) return true;
        scratch_.clear();
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\' && (text[i + 1] == '"' || text[i + 1] == '\\'))
                ++i;  // not the last: a quote ends the text
            scratch_.push_back(text[i]);
        }
        text = out_->arena.copy(scratch_);
        return true;
    }

    bool time() {
        while (p_ != end_ && *p_ == ' ') ++p_;
        if (p_ == end_) return true;  // missing: the builder says so
        const char* const from = p_;
        while (p_ != end_ && *p_ != ' ') ++p_;
        const std::string_view text(from, static_cast<std::size_t>(p_ - from));
        while (p_ != end_ && *p_ == ' ') ++p_;
        if (p_ != end_) return wrong("text after the time");
        const auto ms = is_integer(text) ? parse_scaled(text, 0, to_ms_) : std::nullopt;
        if (ms) {
            builder_.time(Timestamp{ms->rounded});
        } else {
            builder_.problem(model::Reason::bad_timestamp, "time", text, "is no integer");
        }
        return true;
    }

    TargetTable tags_;
    TargetTable fields_;
    TargetGuess tag_guess_;
    TargetGuess field_guess_;
    Factor to_ms_;
    Target attribute_;
    Target device_ = *target_of("device_id");
    RecordBuilder builder_;
    std::string scratch_;
    std::string_view problem_;
    model::RecordBatch* out_ = nullptr;  ///< of the line being decoded
    const char* begin_ = nullptr;
    const char* p_ = nullptr;
    const char* end_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_influx_decoder(const DecodeOptions& options) {
    FLEET_TRY(RowRules rules, RowRules::make(options));
    FLEET_TRY(TargetTable tags, TargetTable::make(options, tag_aliases()));
    FLEET_TRY(TargetTable fields, TargetTable::make(options, field_aliases()));
    return std::unique_ptr<Decoder>(
        new InfluxDecoder(std::move(tags), std::move(fields), std::move(rules), options));
}

}  // namespace fleet::codec
