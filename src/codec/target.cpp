// SPDX-License-Identifier: Apache-2.0
#include "codec/target.hpp"

#include "model/record.hpp"

#include <fmt/format.h>

namespace fleet::codec {

namespace {
constexpr std::string_view kAttributePrefix = "attr:";
}

std::optional<Target> target_of(std::string_view name) {
    using Kind = Target::Kind;
    const auto simple = [](Kind kind) {
        Target t;
        t.kind = kind;
        return t;
    };
    if (name == "device_id") return simple(Kind::device);
    if (name == "fleet_id") return simple(Kind::fleet);
    if (name == "ts") return simple(Kind::time);
    if (name == "zone") return simple(Kind::zone);
    if (name == "alarm") return simple(Kind::alarm);
    if (name == "-") return simple(Kind::ignore);
    if (name.starts_with(kAttributePrefix)) {
        Target t;
        t.attribute = name.substr(kAttributePrefix.size());
        if (t.attribute.empty() || t.attribute.size() > model::kMaxTextLength) return std::nullopt;
        return t;
    }
    if (const auto field = model::field_of(name)) {
        Target t;
        t.kind = model::info(*field).boolean ? Kind::boolean : Kind::number;
        t.field = *field;
        return t;
    }
    return std::nullopt;
}

Factor factor_for(model::Field field, const std::optional<Factor>& own, SpeedUnit unit) noexcept {
    if (own) return *own;
    return field == model::Field::speed ? factor_of(unit) : Factor{};
}

Result<TargetTable> TargetTable::make(const DecodeOptions& options,
                                      const std::vector<Alias>& aliases) {
    TargetTable table;
    for (const ColumnMapping& m : options.map) {
        auto target = target_of(m.target);
        if (!target)
            return fail(Code::invalid_argument,
                        fmt::format("--map: \"{}\" is no field; nearest: {}", m.target,
                                    nearest_columns(m.target)));
        if (m.sources.size() != 1)
            return fail(Code::invalid_argument, "--map: several sources can only be joined in CSV");
        if (target->kind == Target::Kind::number)
            target->factor = factor_for(target->field, m.factor, options.speed_unit);
        if (!table.targets_.emplace(m.sources[0], std::move(*target)).second)
            return fail(Code::invalid_argument,
                        fmt::format("--map names \"{}\" twice", m.sources[0]));
    }
    for (const std::string_view name : known_columns()) {
        Target target = *target_of(name);
        if (target.kind == Target::Kind::number)
            target.factor = factor_for(target.field, {}, options.speed_unit);
        table.targets_.emplace(name, std::move(target));
    }
    for (const Alias& a : aliases) {
        Target target = *target_of(a.target);
        if (target.kind == Target::Kind::number) {
            const bool own = a.factor != Factor{};
            target.factor = factor_for(target.field, own ? std::optional(a.factor) : std::nullopt,
                                       options.speed_unit);
        }
        table.targets_.emplace(a.source, std::move(target));
    }
    return table;
}

const Target* TargetTable::find(std::string_view name) const noexcept {
    const auto found = targets_.find(name);
    return found == targets_.end() ? nullptr : &found->second;
}

const Target* TargetGuess::look_up(std::string_view name, std::size_t position) {
    const Target* target = table_->find(name);
    if (position < kSlots && name.size() <= model::kMaxTextLength) {
        slots_[position].name.assign(name);
        slots_[position].target = target;
    }
    return target;
}

}  // namespace fleet::codec
