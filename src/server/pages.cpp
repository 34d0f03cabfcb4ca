// SPDX-License-Identifier: Apache-2.0
#include "server/pages.hpp"

#include "server/assets.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace fleet::server {

namespace {

/// Addresses that the dashboard's own router knows; it is one page. Others are 404, so that a typo
/// shows as one.
constexpr std::array<std::string_view, 5> kPages{"/", "/live", "/analytics", "/alerts", "/health"};
/// Of the page of a vehicle; its id follows, one segment.
constexpr std::string_view kVehiclePages = "/vehicles/";

bool is_page(std::string_view path) noexcept {
    if (path.starts_with(kVehiclePages)) {
        const std::string_view id = path.substr(kVehiclePages.size());
        return !id.empty() && id.find('/') == std::string_view::npos;
    }
    return std::find(kPages.begin(), kPages.end(), path) != kPages.end();
}

constexpr std::string_view kNotFound =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not found</title>"
    "<h1>404</h1><p>There is no such page. <a href=\"/\">To the dashboard</a></p></html>\n";
constexpr std::string_view kNoPages =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Fleet Tracing</title>"
    "<h1>Fleet Tracing</h1><p>This binary was built without the web pages. The API is at "
    "<a href=\"/api/v1/health\">/api/v1</a>, its description at "
    "<a href=\"/api/v1/openapi.yaml\">/api/v1/openapi.yaml</a>.</p></html>\n";

Response html(unsigned status, std::string_view text) {
    Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.fixed_body = text;
    response.with("Cache-Control", "no-store");
    return response;
}

/// Whether a list such as `gzip;q=0.5, br` accepts gzip.
bool accepts_gzip(std::string_view header) noexcept {
    const std::size_t at = header.find("gzip");
    if (at == std::string_view::npos) return false;
    std::string_view rest = header.substr(at + 4);
    rest = rest.substr(0, rest.find(','));
    const std::size_t q = rest.find("q=0");
    return q == std::string_view::npos ||
           rest.find_first_of("123456789", q) != std::string_view::npos;
}

}  // namespace

Response page_response(const RequestHead& head) {
    const bool page = is_page(head.target.path);
    const Asset* asset =
        find_asset(page ? std::string_view("/index.html") : std::string_view(head.target.path));
    if (asset == nullptr) return page ? html(200, kNoPages) : html(404, kNotFound);

    Response response;
    response.content_type = asset->content_type;
    response.with("ETag", std::string(asset->etag));
    // Names under /assets/ carry a hash of the content, so they never change.
    response.with("Cache-Control", asset->path.starts_with("/assets/")
                                       ? "public, max-age=31536000, immutable"
                                       : "no-cache");
    if (!asset->gzip_body.empty()) response.with("Vary", "Accept-Encoding");
    if (head.if_none_match == "*" || head.if_none_match.find(asset->etag) != std::string::npos) {
        response.status = 304;
        return response;
    }
    if (!asset->gzip_body.empty() && accepts_gzip(head.accept_encoding)) {
        response.with("Content-Encoding", "gzip");
        response.fixed_body = asset->gzip_body;
    } else {
        response.fixed_body = asset->body;
    }
    return response;
}

}  // namespace fleet::server
