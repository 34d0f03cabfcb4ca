// SPDX-License-Identifier: Apache-2.0
// find_asset() over a table that the build made from tests/assets/site, in the way that it makes
// the dashboard's.
#include "server/assets.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace fleet::server {
namespace {

std::string read_file(const std::string& name) {
    std::ifstream file(FLEET_TEST_SITE + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string gunzip(std::string_view packed, std::size_t size) {
    std::string out(size + 1, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    EXPECT_EQ(inflateEnd(&stream), Z_OK);
    return out;
}

TEST(Assets, HoldTheBytesOfTheirFiles) {
    const Asset* page = find_asset("/index.html");
    ASSERT_NE(page, nullptr);
    EXPECT_EQ(page->body, read_file("/index.html"));
    EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
    EXPECT_LT(page->gzip_body.size(), page->body.size());
    EXPECT_EQ(gunzip(page->gzip_body, page->body.size()), page->body);
}

TEST(Assets, AreNotCompressedWhenItDoesNotPay) {
    const Asset* script = find_asset("/assets/tiny.js");
    ASSERT_NE(script, nullptr);
    EXPECT_EQ(script->body, "x");
    EXPECT_TRUE(script->gzip_body.empty());
    EXPECT_EQ(script->content_type, "text/javascript; charset=utf-8");
}

TEST(Assets, AreFoundByTheirExactPathOnly) {
    for (const auto* path : {"", "/", "index.html", "/index.htm", "/index.html/", "/assets", "/z",
                             "/assets/../index.html", "/assets/tiny.js.map"})
        EXPECT_EQ(find_asset(path), nullptr) << path;
}

TEST(Assets, AreSortedAndTaggedByContent) {
    const auto assets = embedded_assets();
    ASSERT_EQ(assets.size(), 2U);
    EXPECT_TRUE(std::ranges::is_sorted(assets, {}, &Asset::path));
    std::set<std::string_view> tags;
    for (const Asset& asset : assets) {
        EXPECT_EQ(asset.etag.size(), 18U);
        EXPECT_TRUE(asset.etag.starts_with('"') && asset.etag.ends_with('"'));
        tags.insert(asset.etag);
    }
    EXPECT_EQ(tags.size(), assets.size());
}

}  // namespace
}  // namespace fleet::server
