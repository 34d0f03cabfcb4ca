// SPDX-License-Identifier: Apache-2.0
#include "server/openapi.hpp"

// C++20 has no #embed; the assembler takes the file in as it is.
asm(R"(
    .pushsection .rodata
    .global fleet_openapi_begin
    .global fleet_openapi_end
fleet_openapi_begin:
    .incbin ")" FLEET_OPENAPI_YAML R"("
fleet_openapi_end:
    .byte 0
    .popsection
)");

extern "C" {
extern const char fleet_openapi_begin[];  // NOLINT
extern const char fleet_openapi_end[];    // NOLINT
}

namespace fleet::server {

std::string_view openapi_yaml() noexcept {
    return {fleet_openapi_begin, static_cast<std::size_t>(fleet_openapi_end - fleet_openapi_begin)};
}

}  // namespace fleet::server
