// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/decode_options.hpp"
#include "ingest/ingest_port.hpp"
#include "model/reason.hpp"
#include "server/http.hpp"
#include "server/inflate.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::server {

/// Of a Content-Type header; unsupported when it is none of the four, or its charset is not UTF-8.
[[nodiscard]] Result<codec::Format> format_of_content_type(std::string_view header);

struct IngestInput {
    Body body;
    Encoding encoding = Encoding::identity;
    codec::Format format = codec::Format::ndjson;
    std::string fleet;          ///< `?fleet=`, may be empty
    std::string default_fleet;  ///< of the server
    bool auto_register = true;
    model::TimeWindow window;
    InflateLimits inflate;
    std::size_t max_records = 0;
    std::shared_ptr<Reservation> reservation;  ///< given back when the engine lets the batch go
};

struct Rejection {
    std::uint32_t index = 0;
    model::Reason reason{};
};

/// A decoded body, and what the answer needs after the batch has gone.
struct IngestBatch {
    ingest::Batch batch;
    std::vector<std::uint32_t> indexes;  ///< of batch.rows.records
    std::vector<Rejection> rejections;   ///< found while decoding, by index
};

/// Inflates and decodes a body. Pure computation, some ms for the largest. Errors concern the body
/// as a whole: nothing of it may be taken then.
[[nodiscard]] Result<IngestBatch> decode_body(IngestInput input);

/// The answer of design.md §8. `statuses` are those of the batch's records.
[[nodiscard]] std::string ingest_answer(const std::vector<std::uint32_t>& indexes,
                                        const std::vector<Rejection>& rejections,
                                        const ingest::BatchResult& result);

}  // namespace fleet::server
