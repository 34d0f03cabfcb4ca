// SPDX-License-Identifier: Apache-2.0
// What is read of the machine and of tools: Java, jars, ports, memory, nodetool.
#include "devcluster/embedded.hpp"
#include "devcluster/jars.hpp"
#include "devcluster/java.hpp"
#include "devcluster/nodetool.hpp"
#include "devcluster/ports.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace fleet::devcluster {

using testing::HasSubstr;

TEST(Java, VersionIsReadFromTheReleaseFile) {
    EXPECT_EQ(java_version_of("IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n"), "17.0.15");
    EXPECT_EQ(java_version_of("JAVA_VERSION=\"25\""), "25");
    EXPECT_EQ(java_version_of("JAVA_VERSION=\"\""), std::nullopt);
    EXPECT_EQ(java_version_of("NOT_JAVA_VERSION=\"17\"\n"), std::nullopt);
    EXPECT_EQ(java_version_of(""), std::nullopt);
}

TEST(Java, ConfiguredOneMustBeThereAndOfTheRightVersion) {
    const auto home = std::filesystem::path(testing::TempDir()) / "fleet-java";
    std::filesystem::create_directories(home / "bin");
    std::filesystem::copy_file("/bin/sh", home / "bin" / "java",
                               std::filesystem::copy_options::overwrite_existing);
    const auto version = [&](const char* text) {
        std::ofstream(home / "release") << "JAVA_VERSION=\"" << text << "\"\n";
        return find_java(home.string());
    };
    const auto right = version("17.0.1");
    ASSERT_TRUE(right) << right.error().message;
    EXPECT_EQ(right->program(), home / "bin" / "java");
    for (const char* other : {"25", "1.8.0", "170"}) {
        const auto wrong = version(other);
        ASSERT_FALSE(wrong) << other;
        EXPECT_EQ(wrong.error().code, Code::unsupported);
    }
    EXPECT_EQ(find_java("/no/such/java").error().code, Code::not_found);
    std::filesystem::remove_all(home);
}

TEST(Jars, ListOfTheBinaryNamesCassandraAndTheAgent) {
    const auto names = names_of_list(embedded_text("dev/jars.sha256"));
    ASSERT_TRUE(names);
    const Jars jars{"/j", *names, "k"};
    EXPECT_TRUE(jars.named("cassandra-all-"));
    EXPECT_TRUE(jars.named("jamm-"));
    EXPECT_FALSE(jars.named("no-such-jar"));
    EXPECT_THAT(jars.class_path(), HasSubstr("/j/cassandra-all-"));
    EXPECT_EQ(jars.class_archive(), "/j/classes-k.jsa");
}

TEST(Jars, DamagedListIsRefused) {
    const std::string sum(64, 'a');
    EXPECT_TRUE(names_of_list(sum + "  x.jar\n"));
    for (const std::string& list : {sum + " x.jar\n", sum + "  \n", sum + "  ../x.jar\n",
                                    std::string("x.jar\n"), std::string(63, 'a') + "g  x.jar\n"})
        EXPECT_FALSE(names_of_list(list)) << list;
}

TEST(Ports, ListenerIsFoundByAddressOrAnyAddress) {
    const std::string table =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout inode\n"
        "   0: 0200007F:2352 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        "
        "0 4242 1 0 100 0 0 10 0\n"
        "   1: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        "
        "0 77 1 0 100 0 0 10 0\n"
        "   2: 0100007F:1B58 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        "
        "0 88 1 0 100 0 0 10 0\n";
    EXPECT_EQ(listener_inode(table, "127.0.0.2", 9042), 4242U);
    EXPECT_EQ(listener_inode(table, "127.0.0.1", 9042), std::nullopt);
    EXPECT_EQ(listener_inode(table, "127.0.0.1", 2024), 77U);
    EXPECT_EQ(listener_inode(table, "127.0.0.1", 7000), std::nullopt) << "a connection listens not";
}

TEST(Ports, HolderOfAPortOfOursIsThisProcess) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof(any)), 0);
    ASSERT_EQ(::listen(fd, 1), 0);
    socklen_t size = sizeof(any);
    ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&any), &size), 0);
    const auto holder = port_holder("127.0.0.1", ntohs(any.sin_port));
    ASSERT_TRUE(holder);
    EXPECT_THAT(*holder, HasSubstr("process " + std::to_string(::getpid()) + " ("));
    ::close(fd);
    EXPECT_FALSE(port_holder("127.0.0.1", ntohs(any.sin_port)));
}

TEST(Memory, AvailableIsReadInMebibytes) {
    EXPECT_EQ(available_mib("MemTotal: 8 kB\nMemAvailable:   4194304 kB\n"), 4096);
    EXPECT_EQ(available_mib("MemTotal: 8 kB\n"), std::nullopt);
    EXPECT_EQ(available_mib("MemAvailable: x kB\n"), std::nullopt);
}

TEST(Nodetool, StatusOfTwoDatacentresIsRead) {
    const auto nodes = parse_status(
        "Datacenter: dc1\n===============\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n"
        "--  Address    Load        Tokens  Owns (effective)  Host ID                              "
        " "
        "Rack \n"
        "UN  127.0.0.1  104.36 KiB  1       100.0%            "
        "5d3a3f2a-1b0e-4c8a-9d2e-000000000001  rack1\n"
        "DN  127.0.0.2  ?           1       100.0%            "
        "5d3a3f2a-1b0e-4c8a-9d2e-000000000002  rack1\n\n"
        "Datacenter: dc2\n===============\nStatus=Up/Down\n"
        "UJ  127.0.0.3  1.2 MiB  1  ?  5d3a3f2a-1b0e-4c8a-9d2e-000000000003  rack1\n\n");
    ASSERT_TRUE(nodes);
    ASSERT_EQ(nodes->size(), 3U);
    EXPECT_EQ((*nodes)[0].state, "UN");
    EXPECT_EQ((*nodes)[0].load, "104.36 KiB");
    EXPECT_EQ((*nodes)[0].owns, "100.0%");
    EXPECT_EQ((*nodes)[1].state, "DN");
    EXPECT_EQ((*nodes)[1].load, "?");
    EXPECT_EQ((*nodes)[1].rack, "rack1");
    EXPECT_EQ((*nodes)[2].datacentre, "dc2");
    EXPECT_EQ((*nodes)[2].owns, "?");
}

TEST(Nodetool, AnErrorOfItIsNoStatus) {
    EXPECT_FALSE(parse_status(""));
    EXPECT_FALSE(parse_status("nodetool: Failed to connect to '127.0.0.1:7100'\n"));
}

}  // namespace fleet::devcluster
