// SPDX-License-Identifier: Apache-2.0
#include "devcluster/cql_frame.hpp"

#include <gtest/gtest.h>

namespace fleet::devcluster {

namespace {

using namespace std::string_literals;

/// A result of kind Rows as a node sends it: key text, version int, id uuid, map<text, text>.
std::string rows_body() {
    const std::string table = "\0\2ks\0\1t"s;
    std::string body = "\0\0\0\2"s + "\0\0\0\1"s + "\0\0\0\4"s + table;
    body += "\0\3key\0\x0d"s + "\0\7version\0\x09"s + "\0\2id\0\x0c"s;
    body += "\0\1m\0\x21\0\x0d\0\x0d"s;
    body += "\0\0\0\2"s;
    body += "\0\0\0\5local"s + "\0\0\0\4\xff\xff\xff\xfe"s + "\0\0\0\x10"s + "0123456789abcdef";
    body += "\0\0\0\x16\0\0\0\2\0\0\0\1a\0\0\0\1b\0\0\0\0\0\0\0\0"s;
    body += "\xff\xff\xff\xff"s + "\0\0\0\0"s + "\xff\xff\xff\xff"s + "\xff\xff\xff\xff"s;
    return body;
}

FrameHeader result_of(const std::string& body) { return {Opcode::result, 0, body.size()}; }

}  // namespace

TEST(CqlFrame, RequestsHaveTheBytesOfTheSpecification) {
    EXPECT_EQ(startup_frame(), "\4\0\0\0\1\0\0\0\x16\0\1\0\x0b"s + "CQL_VERSION\0\5"s + "3.0.0");
    EXPECT_EQ(query_frame("SELECT 1", Consistency::quorum),
              "\4\0\0\0\7\0\0\0\x0f\0\0\0\x08SELECT 1\0\4\0"s);
}

TEST(CqlFrame, HeaderOfAnotherVersionOrSizeIsRefused) {
    const auto good = decode_header("\x84\0\0\0\x08\0\0\1\0"s);
    ASSERT_TRUE(good);
    EXPECT_EQ(good->opcode, Opcode::result);
    EXPECT_EQ(good->body_bytes, 256U);
    EXPECT_EQ(decode_header("HTTP/1.1 "s).error().code, Code::corrupt);
    EXPECT_EQ(decode_header("\x84\0\0"s).error().code, Code::corrupt);
    EXPECT_EQ(decode_header("\x84\0\0\0\x08\x7f\0\0\0"s).error().code, Code::too_large);
}

TEST(CqlFrame, RowsAreReadByColumn) {
    const std::string body = rows_body();
    const auto rows = decode_answer(result_of(body), body);
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->text(0, "key"), "local");
    EXPECT_EQ(rows->integer(0, "version"), -2);
    EXPECT_EQ(rows->uuid(0, "id"), "30313233-3435-3637-3839-616263646566");
    const auto map = rows->text_map(0, "m");
    ASSERT_EQ(map.size(), 2U);
    EXPECT_EQ(map[0], (std::pair<std::string, std::string>("a", "b")));
    EXPECT_EQ(rows->text(1, "key"), std::nullopt) << "null is not the empty text";
    EXPECT_EQ(rows->integer(1, "version"), std::nullopt);
    EXPECT_EQ(rows->text(0, "nothing"), std::nullopt);
    EXPECT_EQ(rows->text(2, "key"), std::nullopt);
}

TEST(CqlFrame, AnAnswerCutAnywhereIsRefused) {
    const std::string body = rows_body();
    for (std::size_t cut = 0; cut < body.size(); ++cut) {
        const std::string part = body.substr(0, cut);
        const auto rows = decode_answer(result_of(part), part);
        ASSERT_FALSE(rows) << cut;
        EXPECT_EQ(rows.error().code, Code::corrupt) << cut;
    }
}

TEST(CqlFrame, ErrorsOfTheServerKeepTheirKindAndWords) {
    const auto error = [](const std::string& code) {
        const std::string body = "\0\0"s + code + "\0\4oops"s;
        return decode_answer({Opcode::error, 0, body.size()}, body).error();
    };
    EXPECT_EQ(error("\x10\0"s).code, Code::unavailable);
    EXPECT_EQ(error("\x11\0"s).code, Code::deadline_exceeded);
    EXPECT_EQ(error("\x12\0"s).code, Code::deadline_exceeded);
    EXPECT_EQ(error("\x20\0"s).code, Code::invalid_argument);
    EXPECT_EQ(error("\x24\0"s).code, Code::already_exists);
    EXPECT_EQ(error("\0\0"s).message, "oops (error 0x0000)");
    EXPECT_EQ(error("\x22\0"s).message, "oops");
    EXPECT_EQ(decode_answer({Opcode::authenticate, 0, 0}, "").error().code, Code::unauthenticated);
}

TEST(CqlFrame, WarningsBeforeTheRowsAreSkipped) {
    const std::string body = "\0\1\0\4hmm!"s + rows_body();
    const auto rows = decode_answer({Opcode::result, 0x08, body.size()}, body);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->text(0, "key"), "local");
}

}  // namespace fleet::devcluster
