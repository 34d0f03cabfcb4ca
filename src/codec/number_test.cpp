// SPDX-License-Identifier: Apache-2.0
#include "codec/number.hpp"

#include "codec/decode_options.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace fleet::codec {
namespace {

struct Case {
    std::string text;
    int decimals;
    std::int64_t rounded;
    int above;
};

TEST(Number, KeepsTheExactSideOfTheRoundedValue) {
    const Case cases[] = {
        {"0", 2, 0, 0},
        {"-0.0", 6, 0, 0},
        {"12.5", 2, 1250, 0},
        {"0.285", 2, 29, -1},
        {"-0.285", 2, -29, 1},
        {"0.284", 2, 28, 1},
        {"300.001", 2, 30'000, 1},
        {"-0.001", 2, 0, -1},
        {"48.8566969", 6, 48'856'697, -1},
        {"1e2", 2, 10'000, 0},
        {"1E-2", 2, 1, 0},
        {"+5", 0, 5, 0},
        {".5", 0, 1, -1},
        {"5.", 0, 5, 0},
        {"00012.50", 2, 1250, 0},
        {"0.5", 0, 1, -1},
        {"0.49999999999999999999999999", 0, 0, 1},
        {"0.50000000000000000000000001", 0, 1, -1},
        {"1e309", 2, 4'000'000'000'000'000'000, 0},
        {"-1e309", 2, -4'000'000'000'000'000'000, 0},
        {"1e-400", 6, 0, 1},
        {"-1e-400", 6, 0, -1},
        {"0e999999999999", 2, 0, 0},
        {"123456789012345678901234567890", 0, 4'000'000'000'000'000'000, 0},
        {"0.000000000000000000000000000000000000000000004", 6, 0, 1},
    };
    for (const Case& c : cases) {
        const auto scaled = parse_scaled(c.text, c.decimals);
        ASSERT_TRUE(scaled) << c.text;
        EXPECT_EQ(scaled->rounded, c.rounded) << c.text;
        EXPECT_EQ(scaled->above, c.above) << c.text;
    }
}

TEST(Number, RefusesWhatIsNoDecimalNumber) {
    for (const char* text : {"",      "-",   "+",   ".",   "-.",   "e5",     "1e",       "1e+",
                             "1.2.3", "1,5", "nan", "NaN", "inf",  "-inf",   "Infinity", "0x10",
                             "1_000", " 1",  "1 ",  "--1", "1e5x", "twelve", "1e5.5"})
        EXPECT_FALSE(parse_scaled(text, 2)) << text;
}

TEST(Number, ConvertsUnitsExactly) {
    const auto in = [](const char* text, SpeedUnit unit) {
        return *parse_scaled(text, 2, factor_of(unit));
    };
    EXPECT_EQ(in("255", SpeedUnit::mph).rounded, 41'038);  // 410.38272
    EXPECT_EQ(in("255", SpeedUnit::mph).above, 1);
    EXPECT_EQ(in("186.4", SpeedUnit::mph).rounded, 29'998);
    EXPECT_EQ(in("7.15264", SpeedUnit::mps).rounded, 2'575);  // 25.749504
    EXPECT_EQ(in("7.15264", SpeedUnit::mps).above, -1);
    EXPECT_EQ(in("83.3333333333333333333333", SpeedUnit::mps).rounded, 30'000);
    EXPECT_EQ(in("83.3333333333333333333333", SpeedUnit::mps).above, -1);  // still within the range
    EXPECT_EQ(in("83.3333333333333333333334", SpeedUnit::mps).above, 1);   // and this one is not
    EXPECT_EQ(in("10", SpeedUnit::knots).rounded, 1'852);
    EXPECT_EQ(in("10", SpeedUnit::kmh).rounded, 1'000);
}

TEST(Number, ReadsFactors) {
    EXPECT_EQ(parse_factor("100"), (Factor{1, 2}));
    EXPECT_EQ(parse_factor("0.001"), (Factor{1, -3}));
    EXPECT_EQ(parse_factor("1.609344"), (Factor{1'609'344, -6}));
    for (const char* text : {"0", "-1", "", "x", "1234567890.1", "1e99"})
        EXPECT_FALSE(parse_factor(text)) << text;
}

TEST(Number, FastPathAgreesWithTheExactOne) {
    std::mt19937 rng(3);
    int taken = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        if (rng() % 3 == 0) text += '-';
        const auto before = rng() % 11;
        for (std::uint64_t d = 0; d < before; ++d) text += static_cast<char>('0' + rng() % 10);
        if (rng() % 2 == 0) {
            text += '.';
            const auto after = rng() % 11;
            for (std::uint64_t d = 0; d < after; ++d) text += static_cast<char>('0' + rng() % 10);
        }
        if (rng() % 20 == 0) text += "e1";
        const int decimals = static_cast<int>(rng() % 7);
        const std::string terminated = text + ",";
        model::Scaled fast;
        const char* const end = parse_plain(terminated.data(), decimals, fast);
        if (end == nullptr || *end != ',') continue;
        ++taken;
        const auto exact = parse_scaled(text, decimals);
        ASSERT_TRUE(exact) << text;
        ASSERT_EQ(fast.rounded, exact->rounded) << text << " with " << decimals;
        ASSERT_EQ(fast.above, exact->above) << text << " with " << decimals;
    }
    EXPECT_GT(taken, 100'000);
}

}  // namespace
}  // namespace fleet::codec
