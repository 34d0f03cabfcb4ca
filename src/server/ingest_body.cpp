// SPDX-License-Identifier: Apache-2.0
#include "server/ingest_body.hpp"

#include "codec/decoder.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::server {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// A JSON body may be one object instead of an array of them.
bool is_single_object(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{';
}

}  // namespace

Result<codec::Format> format_of_content_type(std::string_view header) {
    std::string text(header);
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    std::string_view rest = text;
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view type = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    if (const std::size_t at = rest.find("charset="); at != std::string_view::npos) {
        std::string_view charset = rest.substr(at + 8);
        charset = trim(charset.substr(0, charset.find(';')));
        if (charset != "utf-8" && charset != "\"utf-8\"" && charset != "us-ascii")
            return fail(Code::unsupported, "the charset of the body must be utf-8");
    }
    if (type == "application/json") return codec::Format::json_array;
    if (type == "application/x-ndjson" || type == "application/ndjson")
        return codec::Format::ndjson;
    if (type == "text/csv") return codec::Format::csv;
    if (type == "text/plain") return codec::Format::influx;
    return fail(Code::unsupported,
                "Content-Type must be application/json, application/x-ndjson, text/csv or "
                "text/plain (line protocol)");
}

Result<IngestBatch> decode_body(IngestInput input) {
    if (input.encoding != Encoding::identity) {
        FLEET_TRY(std::string text,
                  inflate(input.encoding, *input.body, input.inflate, *input.reservation));
        input.body = std::make_shared<const std::string>(std::move(text));
    }
    if (input.format == codec::Format::json_array && is_single_object(*input.body))
        input.body = std::make_shared<const std::string>(fmt::format("[{}]", *input.body));

    codec::DecodeOptions options;
    options.format = input.format;
    options.max_rows = input.max_records;
    options.window = input.window;
    IngestBatch decoded;
    model::RecordBatch& rows = decoded.batch.rows;
    FLEET_TRY(auto decoder, codec::decode_all(std::move(options), *input.body, rows));

    decoded.indexes = rows.indexes;
    decoded.rejections.reserve(rows.rejects.size());
    for (const model::Reject& reject : rows.rejects)
        decoded.rejections.push_back({reject.index, reject.reason});
    decoded.batch.source = "http";
    decoded.batch.auto_register = input.auto_register;
    decoded.batch.default_fleet = input.fleet.empty() ? input.default_fleet : input.fleet;
    decoded.batch.owners = {std::move(input.body),
                            std::shared_ptr<const codec::Decoder>(std::move(decoder)),
                            std::move(input.reservation)};
    return decoded;
}

std::string ingest_answer(const std::vector<std::uint32_t>& indexes,
                          const std::vector<Rejection>& rejections,
                          const ingest::BatchResult& result) {
    std::vector<Rejection> all = rejections;
    for (std::size_t i = 0; i < result.statuses.size(); ++i)
        if (result.statuses[i] == ingest::RowStatus::rejected)
            all.push_back({indexes[i], model::Reason::unknown_device});
    std::sort(all.begin(), all.end(),
              [](const Rejection& a, const Rejection& b) { return a.index < b.index; });

    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("accepted");
    json.unsigned_integer(result.stored);
    json.key("duplicates");
    json.unsigned_integer(result.duplicates);
    json.key("conflicts");
    json.unsigned_integer(result.conflicts);
    json.key("rejected");
    json.begin_array();
    for (const Rejection& rejection : all) {
        json.begin_object();
        json.member_integer("index", rejection.index);
        json.member("code", model::to_string(rejection.reason));
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return out;
}

}  // namespace fleet::server
