// SPDX-License-Identifier: Apache-2.0
#include "model/merge.hpp"

#include "base/check.hpp"

#include <compare>

namespace fleet::model {

namespace {

/// Fields of each group in comparison order: the order of design.md §3, I4.
constexpr std::array<std::array<std::int8_t, 5>, kGroupCount> kOrder{{
    {0, 1, 2, 3, 4},       // position: lat, lon, altitude, accuracy, satellites
    {5, 6, -1, -1, -1},    // motion: speed, heading
    {7, 8, 9, -1, -1},     // energy: battery, charging, fuel
    {10, 11, -1, -1, -1},  // climate: temperature, humidity
    {12, 13, -1, -1, -1},  // vehicle: ignition, odometer, then zone and alarm
}};

struct Relation {
    int order = 0;            // −1, 0, 1: tuple of a against tuple of b
    bool a_extends_b = true;  // every value of b is in a
    bool b_extends_a = true;

    void field(bool in_a, bool in_b, int values) {
        if (!in_a && !in_b) return;
        if (in_a && in_b) {
            if (values == 0) return;
            a_extends_b = false;
            b_extends_a = false;
            if (order == 0) order = values;
            return;
        }
        (in_a ? b_extends_a : a_extends_b) = false;
        if (order == 0) order = in_a ? 1 : -1;
    }
};

int three_way(int a, int b) { return a < b ? -1 : a > b ? 1 : 0; }
int sign(int v) { return three_way(v, 0); }

Relation relate(Group group, const Sample& a, const TextPool& a_texts, const Sample& b,
                const TextPool& b_texts) noexcept {
    Relation r;
    for (const std::int8_t index : kOrder[static_cast<std::size_t>(group)]) {
        if (index < 0) break;
        const auto f = static_cast<Field>(index);
        const bool in_a = a.has(f);
        const bool in_b = b.has(f);
        const int values = in_a && in_b ? three_way(a.value(f), b.value(f)) : 0;
        r.field(in_a, in_b, values);
    }
    if (group == Group::vehicle) {
        r.field(a.zone != 0, b.zone != 0, sign(a_texts.text(a.zone).compare(b_texts.text(b.zone))));
        r.field(a.alarm != 0, b.alarm != 0,
                sign(a_texts.text(a.alarm).compare(b_texts.text(b.alarm))));
    }
    return r;
}

void copy_group(Group group, Sample& to, TextPool& to_texts, const Sample& from,
                const TextPool& from_texts) {
    to.mask = (to.mask & ~group_mask(group)) | (from.mask & group_mask(group));
    for (const std::int8_t index : kOrder[static_cast<std::size_t>(group)]) {
        if (index < 0) break;
        const auto at = static_cast<std::size_t>(index);
        to.values[at] = from.has(static_cast<Field>(index)) ? from.values[at] : 0;
    }
    if (group == Group::vehicle) {
        to.zone = to_texts.intern(from_texts.text(from.zone));
        to.alarm = to_texts.intern(from_texts.text(from.alarm));
    }
}

/// Merges attribute sets by name; returns whether a value differs (a conflict).
bool merge_attributes(Sample& stored, TextPool& stored_texts, std::string_view incoming,
                      bool& changed) {
    if (incoming.empty()) return false;
    const std::string_view old = stored_texts.text(stored.attributes);
    if (old == incoming) return false;
    std::vector<Attribute> a;
    std::vector<Attribute> b;
    FLEET_CHECK(decode_attributes(old, a) && decode_attributes(incoming, b));
    std::vector<Attribute> merged;
    bool conflict = false;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (j == b.size() || (i < a.size() && a[i].name < b[j].name)) {
            merged.push_back(a[i++]);
        } else if (i == a.size() || b[j].name < a[i].name) {
            merged.push_back(b[j++]);
        } else {
            if (a[i].value == b[j].value) {
                merged.push_back(a[i]);
            } else {
                conflict = true;
                merged.push_back(a[i].value < b[j].value ? b[j] : a[i]);
            }
            ++i;
            ++j;
        }
    }
    const std::string bytes = encode_attributes(merged);
    if (bytes != old) {
        stored.attributes = stored_texts.intern(bytes);
        stored.mask |= kAttributesBit;
        changed = true;
    }
    return conflict;
}

}  // namespace

int compare_group(Group group, const Sample& a, const TextPool& a_texts, const Sample& b,
                  const TextPool& b_texts) noexcept {
    return relate(group, a, a_texts, b, b_texts).order;
}

MergeOutcome merge(Sample& stored, TextPool& stored_texts, const Sample& incoming,
                   const TextPool& incoming_texts, bool& changed) {
    FLEET_CHECK(stored.ts_ms == incoming.ts_ms);
    changed = false;
    bool conflict = false;
    for (std::size_t g = 0; g < kGroupCount; ++g) {
        const auto group = static_cast<Group>(g);
        const Relation r = relate(group, stored, stored_texts, incoming, incoming_texts);
        if (!r.a_extends_b && !r.b_extends_a) conflict = true;
        if (r.order < 0) {
            copy_group(group, stored, stored_texts, incoming, incoming_texts);
            changed = true;
        }
    }
    if (merge_attributes(stored, stored_texts, incoming_texts.text(incoming.attributes), changed))
        conflict = true;
    return conflict ? MergeOutcome::conflict : MergeOutcome::duplicate;
}

}  // namespace fleet::model
