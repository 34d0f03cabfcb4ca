// SPDX-License-Identifier: Apache-2.0
#include "devcluster/node_files.hpp"

#include "devcluster/embedded.hpp"
#include "devcluster/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet::devcluster {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(NodeFiles, NamesBetweenAtSignsAreFilledAndOthersStay) {
    EXPECT_EQ(filled("a: @IP@, b@c.d @ @x@ @IP", {{"IP", "127.0.0.1"}}).value_or(""),
              "a: 127.0.0.1, b@c.d @ @x@ @IP");
    EXPECT_EQ(filled("@NOPE@", {}).error().code, Code::internal);
}

TEST(NodeFiles, OptionsAreLinesWithoutComments) {
    EXPECT_THAT(option_lines("# a\n-Xss256k\n\n-ea"), ElementsAre("-Xss256k", "-ea"));
    EXPECT_EQ(argument_file({"-cp", "a \"b\"\\c"}), "\"-cp\"\n\"a \\\"b\\\"\\\\c\"\n");
}

TEST(NodeFiles, EveryTemplateIsFilledForEveryNode) {
    const auto dir = std::filesystem::path(testing::TempDir()) / "fleet-node-files";
    std::filesystem::remove_all(dir);
    const ClusterOptions options{"127.0.7", 256};
    const auto nodes = layout(dir, options);
    ASSERT_TRUE(nodes);
    const Jars jars{"/jars", {"jamm-1.jar", "cassandra-all-1.jar"}, "k"};
    for (const NodeSpec& node : *nodes) {
        const auto written = write_node_files(node, *nodes, options, jars, ClassArchive::use);
        ASSERT_TRUE(written) << written.error().message;
    }
    const std::string yaml = read_small_file((*nodes)[2].dir / "cassandra.yaml", 1 << 20).value();
    EXPECT_THAT(yaml, HasSubstr("\nlisten_address: 127.0.7.3\n"));
    EXPECT_THAT(yaml, HasSubstr("\"127.0.7.1,127.0.7.2,127.0.7.3,127.0.7.4\""));
    EXPECT_THAT(yaml, HasSubstr("memtable_heap_space: 32MiB"));
    EXPECT_THAT(yaml, HasSubstr((*nodes)[2].dir.string() + "/hints"));
    const std::string arguments = read_small_file((*nodes)[3].dir / "java.args", 1 << 20).value();
    EXPECT_THAT(arguments, HasSubstr("\"-Xmx256m\"\n"));
    EXPECT_THAT(arguments, HasSubstr("\"-XX:SharedArchiveFile=/jars/classes-k.jsa\"\n"));
    EXPECT_THAT(arguments, HasSubstr("jmx.local.port=7407\"\n"));
    EXPECT_THAT(read_small_file((*nodes)[3].dir / "cassandra-rackdc.properties", 1 << 20).value(),
                HasSubstr("\ndc=dc2\n"));
    const auto tools = write_tool_files(dir, jars);
    ASSERT_TRUE(tools);
    EXPECT_THAT(read_small_file(dir / "nodetool.args", 1 << 20).value(),
                Not(HasSubstr("javaagent")));
    std::filesystem::remove_all(dir);
}

TEST(NodeFiles, DirectoryThatTheirSyntaxCannotHoldIsRefused) {
    const auto nodes = layout("/tmp/a b", {});
    ASSERT_TRUE(nodes);
    const auto written =
        write_node_files((*nodes)[0], *nodes, {}, {"/j", {"jamm-1.jar"}, "k"}, ClassArchive::none);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::invalid_argument);
}

}  // namespace fleet::devcluster
