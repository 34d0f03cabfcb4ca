// SPDX-License-Identifier: Apache-2.0
#include "notify/channels.hpp"

#include "notify/mail.hpp"
#include "notify/words.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace fleet::notify {
namespace {

Outcome::Kind of_http(long status) { return outcome_of_http({true, status, {}, ""}).kind; }
Outcome::Kind of_smtp(long status) { return outcome_of_smtp({false, status, {}, "no"}).kind; }

TEST(Webhook, OnlyWhatCanSucceedLaterIsTriedAgain) {
    using Kind = Outcome::Kind;
    for (const long status : {200L, 201L, 202L, 204L, 299L})
        EXPECT_EQ(of_http(status), Kind::accepted);
    for (const long status : {408L, 425L, 429L, 500L, 502L, 503L, 504L})
        EXPECT_EQ(of_http(status), Kind::later) << status;
    for (const long status : {301L, 302L, 307L, 400L, 401L, 403L, 404L, 405L, 410L, 422L})
        EXPECT_EQ(of_http(status), Kind::refused) << status;
    EXPECT_EQ(outcome_of_http({false, 0, {}, "nobody answers"}).kind, Kind::later);
    EXPECT_EQ(outcome_of_http({false, 0, {}, "nobody answers"}).detail, "nobody answers");
    EXPECT_EQ(outcome_of_http({true, 429, 7'000, ""}).retry_after_ms, 7'000);
}

TEST(Webhook, SignsTimeAndBody) {
    // printf '1764000000.{"a":1}' | openssl dgst -sha256 -hmac secret
    EXPECT_EQ(signature_of("secret", "1764000000", "{\"a\":1}"),
              "112dc1736ad0328f094ebdad63c8bde5936ce7d0bb7ae467f9f8d481a26df51c");
    EXPECT_NE(signature_of("secret", "1764000001", "{\"a\":1}"),
              signature_of("secret", "1764000000", "{\"a\":1}"));
}

TEST(Smtp, WhatTheServerRefusesForGoodIsFinal) {
    using Kind = Outcome::Kind;
    EXPECT_EQ(outcome_of_smtp({true, 250, {}, ""}).kind, Kind::accepted);
    EXPECT_EQ(of_smtp(550), Kind::refused);
    EXPECT_EQ(of_smtp(554), Kind::refused);
    EXPECT_EQ(of_smtp(421), Kind::later);
    EXPECT_EQ(of_smtp(451), Kind::later);
    EXPECT_EQ(of_smtp(535), Kind::later);  // the login may be put right; the mail is good
    EXPECT_EQ(of_smtp(0), Kind::later);
}

TEST(Mail, HasTheHeadersOfItsStandardsAndShortLines) {
    Mail mail;
    mail.id = "0123456789abcdef0123456789abcdef";
    mail.from = "fleet@example.org";
    mail.to = {"a@example.org", "b@example.org"};
    mail.subject = "HIGH OVERSPEED V-1 (fleet Île-de-France)";
    mail.text = "Üblich\nlines\n" + std::string(5'000, 'x') + "\n";
    mail.date = Timestamp{1'767'225'600'000};
    const std::string message = message_of(mail);
    EXPECT_NE(message.find("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"), std::string::npos);
    EXPECT_NE(message.find("To: a@example.org,\r\n b@example.org\r\n"), std::string::npos);
    EXPECT_NE(message.find("Message-ID: <0123456789abcdef0123456789abcdef@example.org>\r\n"),
              std::string::npos);
    EXPECT_NE(message.find("Subject: =?utf-8?B?"), std::string::npos);
    std::size_t at = 0;
    while (at < message.size()) {
        const std::size_t end = message.find("\r\n", at);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - at, 78U);
        for (std::size_t i = at; i < end; ++i) {
            EXPECT_LT(static_cast<unsigned char>(message[i]), 0x80);
            EXPECT_NE(message[i], '\n');
        }
        at = end + 2;
    }
}

TEST(Mail, AHeaderCannotBeAddedByAValue) {
    EXPECT_EQ(header_text("plain"), "plain");
    EXPECT_EQ(header_text("a\r\nBcc: x@example.org"), "a  Bcc: x@example.org");
}

TEST(Mail, EncodedWordsDivideNoCharacter) {
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "ü";
    const std::string encoded = header_text(umlauts);
    std::istringstream words(encoded);
    std::string word;
    while (std::getline(words, word)) EXPECT_LE(word.size(), 77U);
    // 44 bytes, 22 characters: "ü" 22 times is "w7zDvMO8…" in base64, and ends with the padding
    // "=".
    EXPECT_EQ(encoded.substr(0, 20), "=?utf-8?B?w7zDvMO8w7");
    EXPECT_NE(encoded.find("=?=\r\n =?utf-8?B?w7z"), std::string::npos);
}

TEST(Mail, AddressesAreAddressesOnly) {
    EXPECT_TRUE(is_mail_address("ops+fleet@example.org"));
    for (const char* text : {"", "ops", "@example.org", "ops@", "a@b@c", "Ops <ops@example.org>",
                             "ops@example.org\r\nDATA", "öps@example.org", "a b@example.org"})
        EXPECT_FALSE(is_mail_address(text)) << text;
}

TEST(Words, SayWhoAndWhatAndNameEveryAlert) {
    model::Notification n;
    n.fleet = "north";
    n.type = "OVERSPEED";
    n.severity = model::Severity::high;
    n.devices = 1;
    n.id = "ab";
    n.ids = {{1, 2}};
    model::AlertNotice notice;
    notice.id = {1, 2};
    notice.device = "V-7";
    notice.rule = "overspeed";
    notice.severity = model::Severity::high;
    notice.peak = 13'105;
    notice.limit = -5;
    n.alerts = {notice};
    EXPECT_EQ(subject_of(n), "HIGH OVERSPEED V-7 (fleet north)");
    const std::string text = text_of(n);
    EXPECT_NE(text.find("peak 131.05, limit -0.05"), std::string::npos) << text;
    EXPECT_NE(text.find(n.ids[0].text()), std::string::npos);
    n.kind = model::Notification::Kind::incident;
    n.devices = 312;
    EXPECT_EQ(subject_of(n), "HIGH OVERSPEED: 312 vehicles (fleet north)");
}

}  // namespace
}  // namespace fleet::notify
