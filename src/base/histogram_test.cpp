// SPDX-License-Identifier: Apache-2.0
#include "base/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace fleet {
namespace {

TEST(Histogram, IsExactForSmallNumbersAndEmptyIsZero) {
    Histogram h;
    EXPECT_EQ(h.percentile(99), 0U);
    EXPECT_EQ(h.mean(), 0);
    for (std::uint64_t i = 1; i <= 100; ++i) h.record(i);
    EXPECT_EQ(h.percentile(50), 50U);
    EXPECT_EQ(h.percentile(99), 99U);
    EXPECT_EQ(h.percentile(100), 100U);
    EXPECT_EQ(h.percentile(0), 1U);
    EXPECT_DOUBLE_EQ(h.mean(), 50.5);
    EXPECT_EQ(h.max(), 100U);
}

TEST(Histogram, StaysWithinItsErrorOfASortedArray) {
    std::mt19937_64 random(11);
    std::vector<std::uint64_t> values;
    Histogram h;
    Histogram other;
    for (int i = 0; i < 100'000; ++i) {
        const auto value =
            static_cast<std::uint64_t>(std::exp2(static_cast<double>(random() % 40'000) / 1'000));
        values.push_back(value);
        (i % 2 == 0 ? h : other).record(value);
    }
    h.add(other);
    std::sort(values.begin(), values.end());
    for (const double p : {1.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9, 100.0}) {
        const auto exact = values[static_cast<std::size_t>(
                                      std::ceil(p / 100 * static_cast<double>(values.size()))) -
                                  1];
        EXPECT_GE(h.percentile(p), exact) << p;
        EXPECT_LE(static_cast<double>(h.percentile(p)), static_cast<double>(exact) * 1.008) << p;
    }
}

TEST(Histogram, TakesTheLargestNumber) {
    Histogram h;
    h.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(h.percentile(50), std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace fleet
