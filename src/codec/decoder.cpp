// SPDX-License-Identifier: Apache-2.0
#include "codec/decoder.hpp"

#include "codec/csv_plan.hpp"
#include "codec/influx.hpp"
#include "codec/json_decoder.hpp"

#include <fmt/format.h>

namespace fleet::codec {

namespace {

class CsvDecoder final : public Decoder {
  public:
    explicit CsvDecoder(DecodeOptions options) : options_(std::move(options)) {}

    Result<void> decode(std::string_view bytes, bool last, model::RecordBatch& out,
                        std::size_t& consumed) override {
        consumed = 0;
        if (!rows_) {
            FLEET_TRY(auto header, read_csv_header(bytes, last, options_));
            if (!header) return {};
            consumed = header->bytes;
            schema_ = header->schema;
            rows_.emplace(schema_->plan());
            extent_.lines = header->lines;
        }
        consumed += rows_->decode(bytes.substr(consumed), last, options_.max_rows, options_.window,
                                  extent_, out);
        return {};
    }
    [[nodiscard]] std::uint64_t rows() const noexcept override { return extent_.rows; }
    void set_window(const model::TimeWindow& window) noexcept override { options_.window = window; }

  private:
    DecodeOptions options_;
    std::optional<CsvSchema> schema_;
    std::optional<CsvRows> rows_;
    CsvExtent extent_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_decoder(DecodeOptions options) {
    switch (options.format) {
        case Format::csv: {
            FLEET_TRY(const RowRules rules,
                      RowRules::make(options));  // tells about bad options before any input
            (void)rules;
            return std::unique_ptr<Decoder>(new CsvDecoder(std::move(options)));
        }
        case Format::ndjson:
        case Format::json_array: return make_json_decoder(options);
        case Format::influx: return make_influx_decoder(options);
    }
    return fail(Code::internal, "unknown format");
}

Result<std::unique_ptr<Decoder>> decode_all(DecodeOptions options, std::string_view bytes,
                                            model::RecordBatch& out) {
    const std::size_t max_rows = options.max_rows;
    if (max_rows != 0)
        ++options.max_rows;  // one more shows that there are too many; blanks at the end are none
    FLEET_TRY(auto decoder, make_decoder(std::move(options)));
    std::size_t consumed = 0;
    FLEET_TRY_VOID(decoder->decode(bytes, true, out, consumed));
    if (max_rows != 0 && out.rows() > max_rows)
        return fail(Code::too_large,
                    fmt::format("more than {} records; send them in several requests", max_rows));
    return decoder;
}

}  // namespace fleet::codec
