// SPDX-License-Identifier: Apache-2.0
#include "devcluster/cql_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet::devcluster {

namespace {

std::vector<std::string> texts(std::string_view script) {
    const auto statements = split_cql(script);
    if (!statements) return {"error: " + statements.error().message};
    std::vector<std::string> out;
    for (const CqlStatement& statement : *statements) out.push_back(statement.text);
    return out;
}

}  // namespace

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CqlScript, SplitsAtSemicolonsAndDropsBlanksAround) {
    EXPECT_THAT(texts("  SELECT 1;\n\nSELECT\n 2 ;; ;"), ElementsAre("SELECT 1", "SELECT\n 2"));
    EXPECT_THAT(texts(""), IsEmpty());
    EXPECT_THAT(texts(" \n -- nothing\n"), IsEmpty());
}

TEST(CqlScript, SemicolonsInStringsNamesAndTextsDoNotSplit) {
    EXPECT_THAT(texts("INSERT 'a;b';"), ElementsAre("INSERT 'a;b'"));
    EXPECT_THAT(texts("INSERT 'it''s; here';"), ElementsAre("INSERT 'it''s; here'"));
    EXPECT_THAT(texts("SELECT \"a;\"\"b\";"), ElementsAre("SELECT \"a;\"\"b\""));
    EXPECT_THAT(texts("CREATE $$ return 'x'; -- y $$;"),
                ElementsAre("CREATE $$ return 'x'; -- y $$"));
}

TEST(CqlScript, CommentsGoAndKeepWordsApart) {
    EXPECT_THAT(texts("SELECT/* ; */1; -- tail; of 'it\n// and 'this;\nSELECT 2;"),
                ElementsAre("SELECT 1", "SELECT 2"));
    EXPECT_THAT(texts("SELECT '--no'; SELECT '/*no*/'; SELECT 'http://x';"),
                ElementsAre("SELECT '--no'", "SELECT '/*no*/'", "SELECT 'http://x'"));
}

TEST(CqlScript, SaysTheLineOfAStatementAndOfWhatDoesNotEnd) {
    const auto statements = split_cql("-- one\n\nA\n'x\ny';\n  B;");
    ASSERT_TRUE(statements);
    EXPECT_EQ((*statements)[0].line, 3U);
    EXPECT_EQ((*statements)[1].line, 6U);
    EXPECT_THAT(texts("A;\nB 'x"), ElementsAre("error: line 2: this string does not end"));
    EXPECT_THAT(texts("A;\n\n/* x"), ElementsAre("error: line 3: this comment does not end"));
    EXPECT_THAT(texts("\"x"), ElementsAre("error: line 1: this name does not end"));
    EXPECT_THAT(texts("$$x$"), ElementsAre("error: line 1: this text does not end"));
    EXPECT_THAT(texts("A;\nB"), ElementsAre("error: line 2: the last statement has no semicolon"));
}

}  // namespace fleet::devcluster
