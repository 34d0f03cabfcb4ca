// SPDX-License-Identifier: Apache-2.0
#include "codec/device_members.hpp"

#include "base/suggest.hpp"
#include "model/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace fleet::codec {

namespace {

using model::DeviceChange;
using Kind = MemberValue::Kind;

constexpr std::array<std::string_view, 7> kMembers{"device_id", "fleet_id", "name",   "plate",
                                                   "model",     "driver",   "enabled"};
/// What lists of devices have beside them: a list can be imported again.
constexpr std::array<std::string_view, 5> kFound{"first_seen", "last_seen", "records", "fleets",
                                                 "retention"};
constexpr std::string_view kIdRule = "1 to 64 letters, digits, or . _ : - belong here";

std::string shown(std::string_view text) {
    constexpr std::size_t kShown = 60;
    std::string out(text.substr(0, kShown));
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return out + (text.size() > kShown ? "…" : "");
}

/// One device while it is read.
class OneDevice {
  public:
    OneDevice(std::string_view path, std::string_view place, const std::vector<Member>& members,
              ProblemList& problems)
        : path_(path), place_(place), members_(members), problems_(problems) {}

    DeviceChange read(std::string_view id) {
        check_names();
        DeviceChange change;
        change.id = id;
        if (const auto said = id_member("device_id")) {
            if (id.empty()) {
                change.id = *said;
            } else if (*said != id) {
                problem("device_id", fmt::format("\"{}\" where the path says \"{}\"", *said, id));
            }
        } else if (id.empty() && find("device_id") == nullptr) {
            problem("device_id", "missing; every device needs its id");
        }
        if (const auto fleet = id_member("fleet_id")) change.fleet = *fleet;
        change.name = text_member("name");
        change.plate = text_member("plate");
        change.model = text_member("model");
        change.driver = text_member("driver");
        read_enabled(change);
        return change;
    }

    /// Where a member stands, for messages.
    [[nodiscard]] std::string where(std::string_view name) const {
        const Member* member = find(name);
        const std::string_view place =
            member != nullptr && !member->place.empty() ? std::string_view(member->place) : place_;
        std::string out(path_);
        if (!out.empty()) out.push_back('.');
        out += name;
        if (!place.empty()) out += fmt::format(" ({})", place);
        return out;
    }

  private:
    [[nodiscard]] const Member* find(std::string_view name) const {
        const auto found = std::find_if(members_.begin(), members_.end(),
                                        [&](const Member& m) { return m.name == name; });
        return found == members_.end() ? nullptr : &*found;
    }

    void problem(std::string_view member, std::string_view what) {
        problems_.add(where(member), what);
    }

    void check_names() {
        for (auto member = members_.begin(); member != members_.end(); ++member) {
            const auto same = [&](const Member& other) { return other.name == member->name; };
            if (const std::string wrong = problem_of_device_member(member->name); !wrong.empty()) {
                problem(shown(member->name), wrong);
            } else if (std::any_of(members_.begin(), member, same)) {
                problem(member->name, "is there twice");
            }
        }
    }

    std::optional<std::string> id_member(std::string_view name) {
        const Member* member = find(name);
        if (member == nullptr || member->value.kind == Kind::null) return std::nullopt;
        if (member->value.kind != Kind::text) {
            problem(name, fmt::format("{} where a text belongs", kind_of(member->value)));
            return std::nullopt;
        }
        if (!model::is_valid_id(member->value.text)) {
            problem(name, fmt::format("\"{}\" is no id; {}", shown(member->value.text), kIdRule));
            return std::nullopt;
        }
        return member->value.text;
    }

    std::optional<std::string> text_member(std::string_view name) {
        const Member* member = find(name);
        if (member == nullptr) return std::nullopt;
        if (member->value.kind == Kind::null) return std::string();
        if (member->value.kind != Kind::text) {
            problem(name,
                    fmt::format("{} where a text belongs{}", kind_of(member->value),
                                member->value.kind == Kind::number ? "; put it in quotes" : ""));
            return std::nullopt;
        }
        if (const std::string wrong = model::problem_of_text(member->value.text); !wrong.empty()) {
            problem(name, wrong);
            return std::nullopt;
        }
        return member->value.text;
    }

    void read_enabled(DeviceChange& change) {
        const Member* member = find("enabled");
        if (member == nullptr) return;
        if (member->value.kind == Kind::null) {
            change.enabled = true;
        } else if (member->value.kind == Kind::boolean) {
            change.enabled = member->value.text == "true";
        } else {
            problem("enabled", fmt::format("{} where true or false belongs",
                                           member->value.kind == Kind::text
                                               ? fmt::format("\"{}\"", shown(member->value.text))
                                               : kind_of(member->value)));
        }
    }

    std::string_view path_;
    std::string_view place_;
    const std::vector<Member>& members_;
    ProblemList& problems_;
};

}  // namespace

std::string problem_of_device_member(std::string_view name) {
    if (std::find(kMembers.begin(), kMembers.end(), name) != kMembers.end() ||
        std::find(kFound.begin(), kFound.end(), name) != kFound.end())
        return {};
    return fmt::format("unknown{}", did_you_mean(name, kMembers));
}

void DeviceDecoder::add(std::string_view path, std::string_view place,
                        const std::vector<Member>& members, std::string_view id) {
    if (count_++ >= kMaxDevices) {
        if (count_ == kMaxDevices + 1)
            problems_.add(path, fmt::format("at most {} devices are taken in one import; divide it",
                                            kMaxDevices));
        return;
    }
    OneDevice one(path, place, members, problems_);
    DeviceChange change = one.read(id);
    if (!change.id.empty()) {
        std::string at(place.empty() ? path : place);
        const auto [first, added] = places_.emplace(change.id, std::move(at));
        if (!added)
            problems_.add(one.where("device_id"),
                          fmt::format("\"{}\" is at {} too; name each device once", change.id,
                                      first->second));
    }
    changes_.push_back(std::move(change));
}

Result<std::vector<DeviceChange>> DeviceDecoder::finish() && {
    if (!problems_.empty()) return fail(problems_.error());
    return std::move(changes_);
}

}  // namespace fleet::codec
