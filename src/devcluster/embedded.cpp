// SPDX-License-Identifier: Apache-2.0
#include "devcluster/embedded.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace fleet::devcluster {

std::string_view embedded_text(std::string_view path) noexcept {
    const auto files = embedded_files();
    const auto found = std::find_if(files.begin(), files.end(),
                                    [&](const EmbeddedFile& file) { return file.path == path; });
    FLEET_CHECK(found != files.end());
    return found->text;
}

}  // namespace fleet::devcluster
