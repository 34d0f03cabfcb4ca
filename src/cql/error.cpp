// SPDX-License-Identifier: Apache-2.0
#include "cql/error.hpp"

#include <fmt/format.h>

namespace fleet::cql {
namespace {

struct Row {
    std::string_view name;
    bool may_have_written;
    Code code;
};

Row row_of(ErrorClass error) noexcept {
    switch (error) {
        case ErrorClass::unavailable: return {"unavailable", false, Code::unavailable};
        case ErrorClass::write_timeout: return {"write_timeout", true, Code::deadline_exceeded};
        case ErrorClass::read_timeout: return {"read_timeout", false, Code::deadline_exceeded};
        case ErrorClass::write_failure: return {"write_failure", true, Code::unavailable};
        case ErrorClass::read_failure: return {"read_failure", false, Code::unavailable};
        // A coordinator may say so after it has passed the write on.
        case ErrorClass::overloaded: return {"overloaded", true, Code::overloaded};
        case ErrorClass::bootstrapping: return {"bootstrapping", false, Code::unavailable};
        case ErrorClass::client_timeout: return {"client_timeout", true, Code::deadline_exceeded};
        case ErrorClass::no_connection: return {"no_connection", false, Code::unavailable};
        case ErrorClass::broken: return {"broken", true, Code::unavailable};
        case ErrorClass::syntax: return {"syntax", false, Code::invalid_argument};
        case ErrorClass::invalid: return {"invalid", false, Code::invalid_argument};
        case ErrorClass::unauthorized: return {"unauthorized", false, Code::forbidden};
        case ErrorClass::authentication: return {"authentication", false, Code::unauthenticated};
        case ErrorClass::already_exists: return {"already_exists", false, Code::already_exists};
        case ErrorClass::schema_agreement:
            return {"schema_agreement", true, Code::deadline_exceeded};
        case ErrorClass::server: return {"server", true, Code::io};
        case ErrorClass::protocol: return {"protocol", true, Code::corrupt};
        case ErrorClass::cancelled: return {"cancelled", true, Code::unavailable};
        case ErrorClass::internal: return {"internal", true, Code::internal};
    }
    return {"internal", true, Code::internal};
}

}  // namespace

std::string_view to_string(ErrorClass error) noexcept { return row_of(error).name; }

bool may_have_written(ErrorClass error) noexcept { return row_of(error).may_have_written; }

Error to_error(const CqlError& error) {
    std::string text = fmt::format("Cassandra, {}: {}", to_string(error.error), error.message);
    std::string facts;
    const auto add = [&](const std::string& fact) {
        facts += facts.empty() ? "" : ", ";
        facts += fact;
    };
    if (error.consistency) add(std::string(to_string(*error.consistency)));
    if (error.required) add(fmt::format("{} required", *error.required));
    if (error.received) add(fmt::format("{} received", *error.received));
    if (error.alive) add(fmt::format("{} alive", *error.alive));
    if (error.failures) add(fmt::format("{} failed", *error.failures));
    if (!error.coordinator.empty()) {
        add(fmt::format("coordinator {}{}{}", error.coordinator,
                        error.coordinator_dc.empty() ? "" : " of ", error.coordinator_dc));
    }
    if (!facts.empty()) text += fmt::format(" ({})", facts);
    return {row_of(error.error).code, std::move(text)};
}

}  // namespace fleet::cql
