// SPDX-License-Identifier: Apache-2.0
#include "replicate/copy_state.hpp"

#include "engine/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>
#include <vector>

namespace fleet::replicate {

namespace {

constexpr std::string_view kHeader = "fleet-copy 1";
constexpr std::int64_t kReserveUs = 10'000'000;
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
}

Result<std::string> read_file(engine::FileSystem& files, const std::filesystem::path& path) {
    FLEET_TRY(const auto file, files.open(path, engine::OpenMode::read));
    FLEET_TRY(const std::uint64_t size, file->size());
    if (size > kMaxBytes) return fail(Code::corrupt, "it is too large");
    std::string text(size, '\0');
    FLEET_TRY(const std::size_t got, file->read_at(0, std::span(text.data(), text.size())));
    text.resize(got);
    return text;
}

}  // namespace

std::string encode(const CopyMemory& memory) {
    std::string text = fmt::format("{}\nstamps {}\nbegun {}\ndevices {}\nrules {}\n", kHeader,
                                   memory.stamps_through, memory.begun ? 1 : 0, memory.devices,
                                   memory.rules_epoch);
    for (const auto& [id, fleet] : memory.fleets)
        text += fmt::format("fleet {} {} {}\n", id, fleet.retention_days, fleet.buckets);
    text += "end\n";
    return text;
}

Result<CopyMemory> decode_memory(std::string_view text) {
    const auto damaged = [] {
        return fail(Code::corrupt,
                    "the file about the copy in Cassandra is damaged: remove it "
                    "and everything is copied again");
    };
    CopyMemory memory;
    bool first = true;
    bool ended = false;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos || ended) return damaged();
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (first) {
            if (line != kHeader)
                return line.starts_with("fleet-copy ") ? fail(Code::unsupported,
                                                              "the file about the copy in "
                                                              "Cassandra is of a newer version")
                                                       : damaged();
            first = false;
            continue;
        }
        const auto words = words_of(line);
        int begun = 0;
        if (words.size() == 1 && words[0] == "end") {
            ended = true;
        } else if (words.size() == 2 && words[0] == "stamps") {
            if (!read_number(words[1], memory.stamps_through)) return damaged();
        } else if (words.size() == 2 && words[0] == "begun") {
            if (!read_number(words[1], begun)) return damaged();
            memory.begun = begun != 0;
        } else if (words.size() == 2 && words[0] == "devices") {
            if (!read_number(words[1], memory.devices)) return damaged();
        } else if (words.size() == 2 && words[0] == "rules") {
            if (!read_number(words[1], memory.rules_epoch)) return damaged();
        } else if (words.size() == 4 && words[0] == "fleet") {
            CopyMemory::Fleet fleet;
            if (!read_number(words[2], fleet.retention_days) ||
                !read_number(words[3], fleet.buckets) || fleet.buckets == 0)
                return damaged();
            memory.fleets.emplace(words[1], fleet);
        } else {
            return damaged();
        }
    }
    if (!ended) return damaged();
    return memory;
}

Result<CopyState> CopyState::open(std::filesystem::path file, std::shared_ptr<const Clock> clock) {
    CopyState state(std::move(file), std::move(clock));
    auto text = read_file(*engine::posix_file_system(), state.file_);
    if (text) {
        auto memory = decode_memory(*text);
        if (!memory) return fail(memory.error().within(state.file_.string()));
        state.memory_ = std::move(memory).value();
    } else if (text.error().code != Code::not_found) {
        return fail(std::move(text).error());
    }
    state.last_ = state.memory_.stamps_through;
    return state;
}

Result<void> CopyState::remember(CopyMemory memory) {
    memory.stamps_through = std::max(memory.stamps_through, memory_.stamps_through);
    const auto files = engine::posix_file_system();
    std::filesystem::path fresh = file_;
    fresh += ".new";
    {
        FLEET_TRY(const auto file, files->open(fresh, engine::OpenMode::create));
        FLEET_TRY_VOID(file->truncate(0));
        const std::string text = encode(memory);
        const std::string_view part = text;
        FLEET_TRY_VOID(file->write_at(0, std::span(&part, 1)));
        FLEET_TRY_VOID(file->sync());
    }
    FLEET_TRY_VOID(files->rename(fresh, file_));
    FLEET_TRY_VOID(files->sync_directory(file_.parent_path()));
    memory_ = std::move(memory);
    return {};
}

Result<std::int64_t> CopyState::next_stamp() {
    const std::int64_t next = std::max(last_ + 1, clock_->now().ms * 1'000);
    if (next > memory_.stamps_through) {
        CopyMemory memory = memory_;
        memory.stamps_through = next + kReserveUs;
        FLEET_TRY_VOID(remember(std::move(memory)));
    }
    last_ = next;
    return next;
}

}  // namespace fleet::replicate
