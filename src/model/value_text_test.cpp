// SPDX-License-Identifier: Apache-2.0
#include "model/value_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace fleet::model {
namespace {

TEST(ValueText, StoredNumbersComeBackFromRealOnesAndFromFloatsWhereTheyFit) {
    std::mt19937_64 rng(1);
    for (const FieldInfo& about : kFields) {
        const bool fits_float = about.max < 1 << 23 && about.min > -(1 << 23);
        const auto check = [&](std::int64_t stored) {
            const auto value = static_cast<std::int32_t>(stored);
            const double real = to_real(about.field, value);
            ASSERT_EQ(from_real(about.field, real), value) << about.name << " " << value;
            if (fits_float) {
                ASSERT_EQ(from_real(about.field, static_cast<float>(real)), value) << about.name;
            }
        };
        check(about.min);
        check(about.max);
        for (int i = 0; i < 20'000; ++i)
            check(about.min + static_cast<std::int64_t>(
                                  rng() % static_cast<std::uint64_t>(about.max - about.min + 1)));
        const double beyond = to_real(about.field, 0) + static_cast<double>(about.max) * 2 + 1;
        EXPECT_EQ(from_real(about.field, beyond), std::nullopt);
    }
    EXPECT_EQ(from_real(Field::speed, std::numeric_limits<double>::quiet_NaN()), std::nullopt);
    EXPECT_EQ(from_real(Field::speed, std::numeric_limits<double>::infinity()), std::nullopt);
}

TEST(ValueText, ValuesOfAttributesKeepTheirTypes) {
    for (const AttributeValue& value :
         {AttributeValue(true), AttributeValue(false), AttributeValue(0.1), AttributeValue(-3.0),
          AttributeValue(1e300), AttributeValue(5e-324), AttributeValue(std::string_view("true")),
          AttributeValue(std::string_view("12")), AttributeValue(std::string_view("")),
          AttributeValue(std::string_view("say \"x\"")), AttributeValue(std::string_view("\""))}) {
        const std::string text = value_text({"a", value});
        const auto back = parse_value("a", text);
        ASSERT_TRUE(back) << text;
        EXPECT_EQ(back->name, "a");
        EXPECT_EQ(back->value, value) << text;
    }
    EXPECT_EQ(value_text({"a", 1.5}), "1.5");
    EXPECT_EQ(value_text({"a", std::string_view("x")}), "\"x\"");
}

TEST(ValueText, WhatIsNoValueIsRefused) {
    for (const char* text : {"", "\"", "x", "1.5x", "nan", "inf", "\"x", "TRUE", " 1"})
        EXPECT_FALSE(parse_value("a", text)) << text;
}

}  // namespace
}  // namespace fleet::model
