// SPDX-License-Identifier: Apache-2.0
#include "devcluster/layout.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fleet::devcluster {

TEST(Layout, HasTwoNodesInEachDatacentreWithAddressesAndTokensOfTheirOwn) {
    const auto nodes = layout("/d", {});
    ASSERT_TRUE(nodes);
    std::set<std::string> tokens;
    std::string shape;
    for (const NodeSpec& node : *nodes) {
        tokens.insert(node.token);
        shape += node.datacentre + " " + node.address + " " + node.name + "\n";
    }
    EXPECT_EQ(shape,
              "dc1 127.0.0.1 cassandra-dc1-node1\ndc1 127.0.0.2 cassandra-dc1-node2\n"
              "dc2 127.0.0.3 cassandra-dc2-node1\ndc2 127.0.0.4 cassandra-dc2-node2\n");
    EXPECT_EQ(tokens.size(), 4U);
    EXPECT_EQ((*nodes)[2].dir, "/d/node3");
}

TEST(Layout, NoTwoNetworksShareAJmxPort) {
    std::set<int> ports;
    for (int n = 0; n < 100; ++n) {
        const auto nodes = layout("/d", {"127.0." + std::to_string(n), 384});
        ASSERT_TRUE(nodes);
        for (const NodeSpec& node : *nodes) ports.insert(node.jmx_port);
    }
    EXPECT_EQ(ports.size(), 400U);
}

TEST(Layout, RefusesOtherNetworksAndHeaps) {
    for (const char* network :
         {"", "127.0.0.1", "127.0.", "127.0.100", "127.0.-1", "127.0.01", "10.0.0", "127.0.x"}) {
        const auto nodes = layout("/d", {network, 384});
        ASSERT_FALSE(nodes) << network;
        EXPECT_EQ(nodes.error().code, Code::invalid_argument);
    }
    EXPECT_FALSE(layout("/d", {"127.0.0", 191}));
    EXPECT_TRUE(layout("/d", {"127.0.0", 192}));
    EXPECT_FALSE(layout("/d", {"127.0.0", 16'385}));
}

TEST(Layout, OptionsReadBackAsTheyWereWritten) {
    const ClusterOptions options{"127.0.42", 256};
    const auto back = decode_options(encode_options(options));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, options);
    for (const char* text : {"", "network=", "network=127.0.0\n", "network=127.0.0\nheap_mib=x\n",
                             "network=127.0.0\nheap_mib=1"})
        EXPECT_FALSE(decode_options(text)) << text;
}

}  // namespace fleet::devcluster
