// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/site.hpp"

#include <memory>

namespace fleet::server {

/// POST ingest: decodes (large bodies on the pool), submits, answers once every row is durable
/// (I1). `site` outlives it.
asio::awaitable<Response> ingest_route(Site& site, Io io, std::shared_ptr<const Request> request,
                                       std::shared_ptr<Reservation> reservation);

}  // namespace fleet::server
