// SPDX-License-Identifier: Apache-2.0
// A target with a planted bug: the smoke run and the fuzzer are only worth something if they find
// it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.starts_with("canaR")) std::abort();
    return 0;
}
