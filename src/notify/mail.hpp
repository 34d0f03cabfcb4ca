// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleet::notify {

struct Mail {
    std::string id;    ///< of the notification; with the sender's domain it is the Message-ID
    std::string from;  ///< an address: local@domain, ASCII
    std::vector<std::string> to;
    std::string subject;  ///< UTF-8
    std::string text;     ///< UTF-8, lines end with \n
    Timestamp date;
};

/// The message of RFC 5322 and 2045–2047: lines end with CRLF, none is longer than 998 bytes,
/// everything is ASCII.
[[nodiscard]] std::string message_of(const Mail& mail);

/// A header's value: as it is where it is printable ASCII, else in encoded words (RFC 2047).
/// Control characters become blanks, so a value cannot add a header.
[[nodiscard]] std::string header_text(std::string_view utf8);

/// Whether `text` is local@domain without display name, blanks, control characters, brackets and
/// non-ASCII, at most 254 bytes.
[[nodiscard]] bool is_mail_address(std::string_view text) noexcept;

}  // namespace fleet::notify
