// SPDX-License-Identifier: Apache-2.0
#include "app/config.hpp"

#include "app/quantity.hpp"
#include "app/suggest.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace fleet::app {
namespace {

class ConfigTest : public testing::Test {
  public:
    ConfigTest() {
        std::string name = (std::filesystem::temp_directory_path() / "config_XXXXXX").string();
        dir_ = ::mkdtemp(name.data());
        sources_.environment["FLEET_DATA"] = dir_.string();
    }
    ~ConfigTest() override { std::filesystem::remove_all(dir_); }

  protected:
    std::filesystem::path write(const std::string& name, const std::string& text) const {
        std::ofstream(dir_ / name) << text;
        return dir_ / name;
    }
    std::string error_of() const {
        const auto config = Config::load(sources_);
        if (config) {
            ADD_FAILURE() << "was taken";
            return {};
        }
        EXPECT_EQ(config.error().code, Code::invalid_argument);
        return config.error().message;
    }

    std::filesystem::path dir_;
    ConfigSources sources_;
};

TEST_F(ConfigTest, WithoutAnythingTheDefaultsOfTheGuideHold) {
    const auto config = Config::load(sources_);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->list(Key::cassandra_hosts), std::vector<std::string>{"localhost"});
    EXPECT_EQ(config->text(Key::cassandra_keyspace), "fleet_iot");
    EXPECT_EQ(config->text(Key::cassandra_dc), "dc1");
    EXPECT_EQ(config->integer(Key::write_batch_size), 100);
    EXPECT_EQ(config->integer(Key::write_concurrency), 50);
    EXPECT_EQ(config->integer(Key::write_timeout), 30'000);
    EXPECT_EQ(config->integer(Key::metrics_interval), 60'000);
    EXPECT_EQ(config->text(Key::server_listen), "127.0.0.1:8501");
    EXPECT_EQ(config->origin(Key::server_listen), "default");
}

struct Precedence {
    const char* file;  ///< content of fleet.toml, or null
    const char* short_name;
    const char* long_name;
    const char* flag;
    std::int64_t value;
    const char* origin;  ///< end of the origin
};

TEST_F(ConfigTest, FlagsWinOverEnvironmentOverFileOverDefault) {
    const Precedence rows[] = {
        {nullptr, nullptr, nullptr, nullptr, 100, "default"},
        {"[write]\nbatch_size = 7\n", nullptr, nullptr, nullptr, 7, "fleet.toml:2"},
        {"[write]\nbatch_size = 7\n", "8", nullptr, nullptr, 8, "environment BATCH_SIZE"},
        {"[write]\nbatch_size = 7\n", "8", "9", nullptr, 9, "environment FLEET_WRITE_BATCH_SIZE"},
        {"[write]\nbatch_size = 7\n", nullptr, "9", nullptr, 9,
         "environment FLEET_WRITE_BATCH_SIZE"},
        {"[write]\nbatch_size = 7\n", "8", "9", "10", 10, "flag --batch-size"},
        {nullptr, "", nullptr, nullptr, 100, "default"},
    };
    for (const Precedence& row : rows) {
        ConfigSources sources = sources_;
        std::filesystem::remove(dir_ / "fleet.toml");
        if (row.file != nullptr) write("fleet.toml", row.file);
        if (row.short_name != nullptr) sources.environment["BATCH_SIZE"] = row.short_name;
        if (row.long_name != nullptr) sources.environment["FLEET_WRITE_BATCH_SIZE"] = row.long_name;
        if (row.flag != nullptr)
            sources.flags.push_back({Key::write_batch_size, "--batch-size", row.flag});
        const auto config = Config::load(sources);
        ASSERT_TRUE(config) << config.error().message;
        EXPECT_EQ(config->integer(Key::write_batch_size), row.value);
        EXPECT_TRUE(config->origin(Key::write_batch_size).ends_with(row.origin))
            << config->origin(Key::write_batch_size);
    }
}

TEST_F(ConfigTest, ANamedFileReplacesTheOneInTheDataDirectory) {
    write("fleet.toml", "[write]\nbatch_size = 7\n");
    sources_.file = write(
        "other.toml", "[cassandra]\nhosts = [\"a\", \"b\"]\n[engine]\ndurability = 'process'\n");
    const auto config = Config::load(sources_);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->integer(Key::write_batch_size), 100);
    EXPECT_EQ(config->list(Key::cassandra_hosts), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(config->text(Key::engine_durability), "process");
}

TEST_F(ConfigTest, TheDataFlagDecidesWhichFileIsRead) {
    std::filesystem::create_directory(dir_ / "inner");
    write("inner/fleet.toml", "[write]\nbatch_size = 5\n");
    sources_.flags.push_back({Key::data_dir, "--data", (dir_ / "inner").string()});
    const auto config = Config::load(sources_);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->integer(Key::write_batch_size), 5);
}

struct BadFile {
    const char* text;
    std::vector<const char*> parts;  ///< all in the message
};

TEST_F(ConfigTest, ABadFileIsNamedWithItsLineAndARemedy) {
    const BadFile rows[] = {
        {"[write]\n\nbatch_sise = 7\n",
         {"fleet.toml:3:", "'write.batch_sise'", "did you mean 'write.batch_size'?"}},
        {"[wrote]\nbatch_size = 7\n", {"fleet.toml:2:", "did you mean 'write.batch_size'?"}},
        {"[nothing]\n", {"fleet.toml:1:", "unknown section '[nothing]'"}},
        {"batch_size = 7\n", {"fleet.toml:1:", "outside a section"}},
        {"[write]\nbatch_size = 0\n", {"fleet.toml:2:", "from 1 to 100000"}},
        {"[write]\nbatch_size = 'many'\n", {"fleet.toml:2:", "'many'", "whole number"}},
        {"[write]\nbatch_size = 2026-01-01\n", {"fleet.toml:2:", "wrong type"}},
        {"[write]\ntimeout = '5 parsecs'\n", {"fleet.toml:2:", "duration such as 30s"}},
        {"[engine]\ndurability = 'maybe'\n", {"fleet.toml:2:", "sync or process"}},
        {"[engine]\nqueue = '1KiB'\n", {"fleet.toml:2:", "a size such as 64MiB, from 1MiB"}},
        {"[write\n", {"fleet.toml:1:"}},
        {"[data]\ndir = '/elsewhere'\n",
         {"fleet.toml:2", "data.dir cannot be set by a file inside"}},
        {"[live]\nstale_after = '2h'\n", {"live.offline_after", "shorter than live.stale_after"}},
    };
    for (const BadFile& row : rows) {
        write("fleet.toml", row.text);
        const std::string message = error_of();
        for (const char* part : row.parts)
            EXPECT_NE(message.find(part), std::string::npos) << row.text << message;
    }
}

TEST_F(ConfigTest, ABadEnvironmentIsNamed) {
    sources_.environment["WRITE_TIMEOUT"] = "soon";
    EXPECT_NE(error_of().find("environment WRITE_TIMEOUT"), std::string::npos);
    sources_.environment.erase("WRITE_TIMEOUT");
    sources_.environment["FLEET_WRITE_BATCHSIZE"] = "1";
    EXPECT_NE(error_of().find("did you mean 'FLEET_WRITE_BATCH_SIZE'?"), std::string::npos);
    sources_.environment.erase("FLEET_WRITE_BATCHSIZE");
    sources_.environment["FLEET_COLOUR"] = "red";  // no section of ours: another program's
    EXPECT_TRUE(Config::load(sources_));
}

TEST_F(ConfigTest, PlainNumbersOfTheEnvironmentAreSeconds) {
    sources_.environment["WRITE_TIMEOUT"] = "12";
    sources_.environment["METRICS_INTERVAL"] = "1.5";
    const auto config = Config::load(sources_);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->integer(Key::write_timeout), 12'000);
    EXPECT_EQ(config->integer(Key::metrics_interval), 1'500);
}

TEST_F(ConfigTest, SecretsAreNeverShown) {
    sources_.environment["FLEET_CASSANDRA_PASSWORD"] = "correct horse";
    const auto config = Config::load(sources_);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->shown(Key::cassandra_password), "****");
    EXPECT_EQ(config->text(Key::cassandra_password), "correct horse");
}

TEST_F(ConfigTest, AFileThatIsNamedMustBeThere) {
    sources_.file = dir_ / "missing.toml";
    const auto config = Config::load(sources_);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, Code::not_found);
    EXPECT_NE(config.error().message.find("missing.toml"), std::string::npos);
    sources_.file = dir_;
    EXPECT_NE(error_of().find("is a directory"), std::string::npos);
}

TEST(Settings, TheTableIsSound) {
    for (const Setting& s : settings()) {
        EXPECT_EQ(find_setting(s.name), &s);
        EXPECT_NE(s.name.find('.'), std::string_view::npos) << s.name;
        EXPECT_FALSE(s.description.empty()) << s.name;
        const auto value = parse_value(s, s.fallback);
        ASSERT_TRUE(value) << s.name;
        EXPECT_EQ(format_value(s, *value), s.fallback)
            << "the default is written in its shortest form";
    }
}

TEST(Quantity, DurationsAndSizesRoundTripAndRefuseNonsense) {
    EXPECT_EQ(parse_duration_ms("250ms"), 250);
    EXPECT_EQ(parse_duration_ms("1.5s"), 1'500);
    EXPECT_EQ(parse_duration_ms("5m"), 300'000);
    EXPECT_EQ(parse_duration_ms("30d"), 30LL * 86'400'000);
    EXPECT_EQ(parse_duration_ms("30"), 30'000);
    EXPECT_EQ(parse_size("64MiB"), 64LL << 20);
    EXPECT_EQ(parse_size("64MB"), 64'000'000);
    EXPECT_EQ(parse_size("10"), 10);
    for (const char* text :
         {"", "s", "-5s", "5 s", "5x", "1e3s", "nan", "inf", "99999999d", "5s5"}) {
        EXPECT_FALSE(parse_duration_ms(text)) << text;
        EXPECT_FALSE(parse_size(text)) << text;
    }
    for (const std::int64_t ms : {1LL, 999LL, 1'000LL, 90'000LL, 3'600'000LL, 86'400'000LL})
        EXPECT_EQ(parse_duration_ms(format_duration_ms(ms)), ms);
    EXPECT_EQ(parse_rate("1/s"), 1.0);
    EXPECT_EQ(parse_rate("600/m"), 10.0);
    EXPECT_EQ(parse_rate("0"), 0.0);
    EXPECT_FALSE(parse_rate("1/week"));
    EXPECT_EQ(parse_integer("1_000"), 1'000);
    EXPECT_FALSE(parse_integer("1__000"));
    EXPECT_FALSE(parse_integer("_1"));
    EXPECT_FALSE(parse_integer("99999999999999999999"));
}

TEST(Suggest, FindsASlipOfThePenAndNothingFarther) {
    const std::vector<std::string> words{"load", "latest", "serve"};
    EXPECT_EQ(nearest("laod", words), "load");
    EXPECT_EQ(nearest("lod", words), "load");
    EXPECT_EQ(nearest("sreve", words), "serve");
    EXPECT_FALSE(nearest("trips", words));
    EXPECT_FALSE(nearest(std::string(5'000, 'x'), words));
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("ab", "ba"), 1U);
}

}  // namespace
}  // namespace fleet::app
