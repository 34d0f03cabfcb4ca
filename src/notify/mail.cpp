// SPDX-License-Identifier: Apache-2.0
#include "notify/mail.hpp"

#include "base/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace fleet::notify {

namespace {

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it writes a zero at the end
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    FLEET_CHECK(length >= 0);
    out.resize(static_cast<std::size_t>(length));
    return out;
}

/// "Wed, 25 Nov 2026 17:48:10 +0000"
std::string date_text(Timestamp t) {
    static constexpr std::array kDays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::int64_t days = t.ms / kMsPerDay;
    const std::int64_t second = t.ms % kMsPerDay / kMsPerSecond;
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    civil_from_days(days, year, month, day);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                       kDays[static_cast<std::size_t>(days % 7)], day, kMonths[month - 1], year,
                       second / 3'600, second / 60 % 60, second % 60);
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

}  // namespace

std::string header_text(std::string_view utf8) {
    std::string clean(utf8);
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    const bool ascii = std::all_of(clean.begin(), clean.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    // A line of a header holds 998 bytes at most, with its name.
    if (ascii && clean.size() <= 900 && clean.find("=?") == std::string::npos) return clean;
    std::string out;
    constexpr std::size_t kWord = 45;  // bytes: 60 characters of base64 and the frame are 72
    for (std::size_t at = 0; at < clean.size();) {
        std::size_t end = std::min(at + kWord, clean.size());
        // A character is not divided between words; what is no UTF-8 may be.
        while (end < clean.size() && end > at + 1 && continues(clean[end])) --end;
        if (!out.empty()) out += "\r\n ";
        out += "=?utf-8?B?" + base64(std::string_view(clean).substr(at, end - at)) + "?=";
        at = end;
    }
    return out;
}

std::string message_of(const Mail& mail) {
    const std::string_view from = mail.from;
    const std::string_view domain = from.substr(from.find('@') + 1);
    std::string out;
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "Date: {}\r\n", date_text(mail.date));
    fmt::format_to(to, "From: Fleet <{}>\r\n", mail.from);
    fmt::format_to(to, "To: {}\r\n", fmt::join(mail.to, ",\r\n "));
    fmt::format_to(to, "Subject: {}\r\n", header_text(mail.subject));
    fmt::format_to(to, "Message-ID: <{}@{}>\r\n", mail.id, domain);
    out +=
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n";
    std::string text;
    for (const char c : mail.text) {
        if (c == '\n') text += '\r';
        text += c;
    }
    constexpr std::size_t kLine = 57;  // bytes: 76 characters of base64
    for (std::size_t at = 0; at < text.size(); at += kLine)
        out += base64(std::string_view(text).substr(at, kLine)) + "\r\n";
    return out;
}

bool is_mail_address(std::string_view text) noexcept {
    const std::size_t at = text.find('@');
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254 ||
        text.find('@', at + 1) != std::string_view::npos)
        return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 0x7F &&
               std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
    });
}

}  // namespace fleet::notify
