// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/decode_flags.hpp"
#include "app/local_engine.hpp"
#include "app/output.hpp"
#include "codec/decoder.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace fleet::app {

namespace {

using engine::QuarantineEntry;

constexpr std::size_t kPage = 1'000;

bool is_text(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) {
        return (c >= 0x20 && c != 0x7F) || c == '\n' || c == '\r' || c == '\t';
    });
}

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

void write_entry(codec::JsonWriter& json, const QuarantineEntry& entry, bool with_raw) {
    json.begin_object();
    json.key("id");
    json.unsigned_integer(entry.id);
    json.member_time("received", entry.received);
    json.member("source", entry.source);
    json.key("index");
    json.unsigned_integer(entry.index);
    json.member("reason", entry.reason);
    json.member("detail", entry.detail);
    if (with_raw)
        json.member(is_text(entry.raw) ? "raw" : "raw_hex",
                    is_text(entry.raw) ? entry.raw : hex(entry.raw));
    json.end_object();
}

/// Entries after an id, at most `limit`, fetched in pages.
Result<std::vector<QuarantineEntry>> entries_after(const engine::Engine& engine,
                                                   std::uint64_t after, std::size_t limit) {
    std::vector<QuarantineEntry> all;
    while (all.size() < limit) {
        FLEET_TRY(auto page, engine.quarantine(after, std::min(kPage, limit - all.size())));
        if (page.empty()) break;
        after = page.back().id;
        std::move(page.begin(), page.end(), std::back_inserter(all));
    }
    return all;
}

Result<QuarantineEntry> find_entry(const engine::Engine& engine, std::uint64_t id) {
    FLEET_TRY(auto page, engine.quarantine(id == 0 ? 0 : id - 1, 1));
    if (page.empty() || page.front().id != id)
        return fail(
            Code::not_found,
            fmt::format("there is no entry {} in the quarantine; see `fleet quarantine list`", id));
    return std::move(page.front());
}

Result<ExitCode> list(const CommandContext& context, const engine::Engine& engine) {
    const QuarantineOptions& options = context.invocation.quarantine;
    const auto limit = static_cast<std::size_t>(options.limit);
    FLEET_TRY(auto entries, entries_after(engine, options.after, limit + 1));
    const bool more = entries.size() > limit;
    if (more) entries.pop_back();
    if (context.invocation.common.output == Output::json) {
        std::string out;
        codec::JsonWriter json(out);
        json.begin_object();
        json.key("items");
        json.begin_array();
        for (const QuarantineEntry& entry : entries) write_entry(json, entry, false);
        json.end_array();
        json.key("next");
        if (more) {
            json.unsigned_integer(entries.back().id);
        } else {
            json.null();
        }
        json.end_object();
        print(out + "\n");
        return ExitCode::ok;
    }
    Table table({"id", "received", "source", "row", "reason", "detail"});
    for (const QuarantineEntry& e : entries)
        table.add({fmt::format("{}", e.id), format_rfc3339(e.received), printable(e.source),
                   fmt::format("{}", e.index + 1ULL), e.reason, printable(e.detail)});
    print(context.invocation.common.output == Output::csv ? table.csv() : table.text());
    if (entries.empty()) say("the quarantine is empty");
    if (more)
        say(fmt::format("there are more: fleet quarantine list --after {}", entries.back().id));
    return ExitCode::ok;
}

Result<ExitCode> show(const CommandContext& context, const engine::Engine& engine) {
    FLEET_TRY(const QuarantineEntry entry,
              find_entry(engine, context.invocation.quarantine.ids.front()));
    if (context.invocation.common.output == Output::json) {
        std::string out;
        codec::JsonWriter json(out);
        write_entry(json, entry, true);
        print(out + "\n");
        return ExitCode::ok;
    }
    print(fmt::format(
        "id        {}\nreceived  {}\nsource    {}\nrow       {}\nreason    {}\ndetail    {}\nraw   "
        "    {} bytes\n\n{}\n",
        entry.id, format_rfc3339(entry.received), printable(entry.source), entry.index + 1ULL,
        entry.reason, printable(entry.detail), entry.raw.size(), printable(entry.raw)));
    return ExitCode::ok;
}

/// One entry that decodes now: its record, and what keeps its text alive.
struct Revived {
    std::uint64_t id = 0;
    std::string bytes;
    std::unique_ptr<codec::Decoder> decoder;
    model::RecordBatch rows;
};

/// Tries entries again, many in one write.
class Redrive {
  public:
    Redrive(const CommandContext& context, engine::Engine& engine, DecodePlan plan)
        : options_(context.invocation.quarantine),
          engine_(engine),
          plan_(std::move(plan)),
          future_tolerance_ms_(context.config.integer(Key::ingest_future_tolerance)),
          retention_days_(context.config.integer(Key::retention_days)) {}

    Result<void> take(const QuarantineEntry& entry) {
        ++tried_;
        auto revived = revive(entry);
        if (!revived) {
            note_rejected(entry.reason);
            say(fmt::format("{}: {}", entry.id, printable(revived.error().message)));
            return {};
        }
        if (!(*revived)->rows.rejects.empty()) {
            const model::Reject& reject = (*revived)->rows.rejects.front();
            note_rejected(model::to_string(reject.reason));
            say(fmt::format("{}: {}: {}", entry.id, model::to_string(reject.reason),
                            printable(reject.detail)));
            return {};
        }
        waiting_.push_back(std::move(revived).value());
        return waiting_.size() >= kPage ? flush() : Result<void>();
    }

    /// Writes what waits, and takes it out of the quarantine once it is durable.
    Result<void> flush() {
        if (waiting_.empty()) return {};
        engine::Batch batch;
        batch.source = "quarantine";
        batch.default_fleet = options_.fleet;
        std::vector<std::uint64_t> ids;
        for (const auto& revived : waiting_) {
            ids.push_back(revived->id);
            for (const model::Record& record : revived->rows.records) {
                batch.rows.records.push_back(record);
                batch.rows.indexes.push_back(static_cast<std::uint32_t>(batch.rows.indexes.size()));
            }
            batch.owners.push_back(revived);
        }
        waiting_.clear();
        FLEET_TRY(const engine::BatchResult result, engine_.submit_and_wait(std::move(batch)));
        stored_ += result.stored;
        duplicates_ += result.duplicates;
        conflicts_ += result.conflicts;
        return engine_.quarantine_remove(ids);
    }

    ExitCode report(Output output) const {
        if (output == Output::json) {
            std::string out;
            codec::JsonWriter json(out);
            json.begin_object();
            json.member_unsigned("tried", tried_);
            json.member_unsigned("stored", stored_);
            json.member_unsigned("duplicates", duplicates_);
            json.member_unsigned("conflicts", conflicts_);
            json.member_unsigned("rejected", rejected_);
            json.key("rejected_by_reason");
            json.begin_object();
            for (const auto& [reason, n] : by_reason_) json.member_unsigned(reason, n);
            json.end_object();
            json.end_object();
            print(out + "\n");
        } else {
            print(
                fmt::format("tried {}, stored {}, duplicates {}, conflicts {}, still rejected {}\n",
                            grouped(tried_), grouped(stored_), grouped(duplicates_),
                            grouped(conflicts_), grouped(rejected_)));
        }
        return rejected_ > 0 ? ExitCode::some_rejected : ExitCode::ok;
    }

  private:
    void note_rejected(std::string_view reason) {
        ++rejected_;
        ++by_reason_[std::string(reason)];
    }

    Result<std::shared_ptr<Revived>> revive(const QuarantineEntry& entry) {
        if (entry.raw.size() >= model::kMaxRawBytes)
            return fail(Code::too_large,
                        "only the begin of the record was kept, it cannot be tried again");
        auto revived = std::make_shared<Revived>();
        revived->id = entry.id;
        revived->bytes = entry.raw;
        codec::DecodeOptions decode = plan_.options;
        decode.format = plan_.format.value_or(codec::detect_format(entry.raw));
        const bool one_line = entry.raw.find('\n') == std::string::npos;
        if (decode.format == codec::Format::csv && one_line) {
            if (options_.header.empty())
                return fail(Code::invalid_argument,
                            "the row was kept without its header; give it with --header");
            revived->bytes = options_.header + "\n" + entry.raw;
        }
        decode.fleet.clear();
        decode.window.now = clock_.now();
        decode.window.future_tolerance_ms = future_tolerance_ms_;
        if (!options_.decode.keep_history && retention_days_ > 0)
            decode.window.earliest = Timestamp{decode.window.now.ms - retention_days_ * kMsPerDay};
        FLEET_TRY(revived->decoder, codec::decode_all(decode, revived->bytes, revived->rows));
        if (revived->rows.rows() == 0)
            return fail(Code::invalid_argument, "there is no record in it");
        return revived;
    }

    const QuarantineOptions& options_;
    engine::Engine& engine_;
    DecodePlan plan_;
    SystemClock clock_;
    std::int64_t future_tolerance_ms_;
    std::int64_t retention_days_;
    std::vector<std::shared_ptr<Revived>> waiting_;
    std::uint64_t tried_ = 0;
    std::uint64_t stored_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t conflicts_ = 0;
    std::uint64_t rejected_ = 0;
    std::map<std::string, std::uint64_t> by_reason_;
};

Result<ExitCode> redrive(const CommandContext& context, engine::Engine& engine) {
    const QuarantineOptions& options = context.invocation.quarantine;
    if (options.ids.empty() && !options.all)
        return fail(Code::invalid_argument, "name the entries, or give --all");
    FLEET_TRY(DecodePlan plan, plan_decoding(options.decode, context.config));
    Redrive again(context, engine, std::move(plan));
    for (const std::uint64_t id : options.ids) {
        FLEET_TRY(const QuarantineEntry entry, find_entry(engine, id));
        FLEET_TRY_VOID(again.take(entry));
    }
    std::uint64_t after = 0;
    while (options.all) {
        FLEET_TRY(const auto page, engine.quarantine(after, kPage));
        if (page.empty()) break;
        after = page.back().id;
        for (const QuarantineEntry& entry : page) FLEET_TRY_VOID(again.take(entry));
    }
    FLEET_TRY_VOID(again.flush());
    return again.report(context.invocation.common.output);
}

}  // namespace

Result<ExitCode> run_quarantine(const CommandContext& context) {
    FLEET_TRY(const auto engine,
              open_engine(context.config, std::make_shared<SystemClock>(), Missing::refuse));
    auto done = context.invocation.command == Command::quarantine_list ? list(context, *engine)
                : context.invocation.command == Command::quarantine_show
                    ? show(context, *engine)
                    : redrive(context, *engine);
    if (!done) return done;
    FLEET_TRY_VOID(engine->stop());
    return done;
}

namespace {

std::string outcome_of(const engine::VerifyReport& report, bool rebuild) {
    if (report.difference_count == 0) return "everything agrees";
    std::string out = fmt::format("{} differences", grouped(report.difference_count));
    const std::uint64_t others = report.difference_count - report.damaged;
    if (report.damaged > 0)
        out += fmt::format(
            "; {} device-days or lists are damaged on the disk and cannot be "
            "recomputed: `fleet restore` a backup of them",
            grouped(report.damaged));
    if (others > 0)
        out += rebuild ? fmt::format("; {} written anew", grouped(others))
                       : "; `fleet verify --rebuild` writes what can be recomputed";
    return out;
}

}  // namespace

Result<ExitCode> run_verify(const CommandContext& context) {
    const bool rebuild = context.invocation.verify.rebuild;
    FLEET_TRY(const auto engine,
              open_engine(context.config, std::make_shared<SystemClock>(), Missing::refuse));
    FLEET_TRY(const engine::VerifyReport report, engine->verify(rebuild));
    FLEET_TRY_VOID(engine->stop());
    if (context.invocation.common.output == Output::json) {
        std::string out;
        codec::JsonWriter json(out);
        json.begin_object();
        json.member_unsigned("device_days", report.device_days);
        json.member_unsigned("chunks", report.chunks);
        json.member_unsigned("rows", report.rows);
        json.member_unsigned("differences", report.difference_count);
        json.member_unsigned("damaged", report.damaged);
        json.key("details");
        json.begin_array();
        for (const std::string& difference : report.differences) json.string(difference);
        json.end_array();
        json.member_boolean("rebuilt", rebuild && report.difference_count > 0);
        json.end_object();
        print(out + "\n");
    } else {
        for (const std::string& difference : report.differences) say(difference);
        print(fmt::format("{} rows in {} chunks of {} device-days: {}\n", grouped(report.rows),
                          grouped(report.chunks), grouped(report.device_days),
                          outcome_of(report, rebuild)));
    }
    return report.difference_count == 0 || (rebuild && report.damaged == 0) ? ExitCode::ok
                                                                            : ExitCode::failed;
}

}  // namespace fleet::app
