# SPDX-License-Identifier: Apache-2.0
# Two images of one binary: `etl` takes records and copies them to Cassandra, `dashboard` shows what the cluster has.
# Built by docker-compose.yml; what was run of this and what was not: docs/deployment.md.
ARG DEBIAN=debian:12.12-slim

FROM ${DEBIAN} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The way that every clone is built: packages, npm, cargo, pages, binary.
RUN ./dev build release fleet \
    && strip --strip-debug -o /fleet build/fleet

FROM ${DEBIAN} AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        bash ca-certificates curl libbz2-1.0 libcurl4 libfmt9 libgcc-s1 liblz4-1 libsnappy1v5 libspdlog1.10 libssl3 \
        libstdc++6 libtomlplusplus3 libxxhash0 libzstd1 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 fleet \
    && useradd --system --uid 10001 --gid fleet --home-dir /var/lib/fleet --shell /usr/sbin/nologin fleet \
    && install -d -o fleet -g fleet -m 0750 /var/lib/fleet
COPY --from=build /fleet /usr/bin/fleet
COPY LICENSE /usr/share/doc/fleet/copyright
WORKDIR /var/lib/fleet
USER fleet
STOPSIGNAL SIGTERM

FROM runtime AS etl
COPY --chmod=0755 scripts/etl-pipeline /usr/bin/etl-pipeline
ENV FLEET_DATA=/var/lib/fleet FLEET_SERVER_LISTEN=127.0.0.1:8500 FLEET_STORE_KIND=cassandra
VOLUME /var/lib/fleet
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8500/api/v1/ready"]
CMD ["etl-pipeline"]

FROM runtime AS dashboard
# The bind is permitted here because what reaches the container is decided where its port is published.
ENV FLEET_SERVER_LISTEN=0.0.0.0:8501 FLEET_SERVER_ALLOW_PUBLIC=true
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8501/api/v1/ready"]
CMD ["fleet", "serve", "--store", "cassandra"]
