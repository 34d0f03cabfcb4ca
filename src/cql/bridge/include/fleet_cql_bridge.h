/* SPDX-License-Identifier: Apache-2.0
 *
 * C ABI between src/cql (C++) and the crate in this folder (Rust). Written by hand; both sides
 * assert the sizes.
 *
 * - A session is a number, not a pointer: a stale or invented one gives FCQL_NO_SESSION and nothing
 * worse.
 * - Every accepted call is answered by exactly one completion with its tag, also when the session
 * closes or a task panics.
 * - Input is copied before a call returns. Output belongs to the fcql_result and lives until
 * fcql_result_free().
 * - No foreign code runs on the runtime's thread: it adds to a queue and makes an eventfd readable.
 * - A panic stops at this boundary: FCQL_PANIC, or a completion of class FCQL_ERR_INTERNAL.
 * - All functions may be called from any thread.
 */
#ifndef FLEET_CQL_BRIDGE_H
#define FLEET_CQL_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FCQL_ABI_VERSION 1u

/* What a call returns at once. */
typedef enum fcql_status {
    FCQL_OK = 0,
    FCQL_NULL = 1,             /* a pointer that must not be null is */
    FCQL_NO_SESSION = 2,       /* no such session, or freed */
    FCQL_CLOSED = 3,           /* the session is closed */
    FCQL_FULL = 4,             /* as many requests in flight as allowed: wait for a completion */
    FCQL_NO_STATEMENT = 5,     /* no such prepared statement in this session */
    FCQL_BAD_CONFIG = 6,       /* see the error text */
    FCQL_BAD_ARGUMENT = 7,     /* a field out of its range, or text that is not UTF-8 */
    FCQL_BAD_ROW = 8,          /* packed rows do not match the statement */
    FCQL_MIXED_PARTITIONS = 9, /* rows of a batch differ in a column of the partition key */
    FCQL_TOO_LARGE = 10,       /* batch over max_batch_rows or max_batch_bytes */
    FCQL_PANIC = 11 /* a fault of the bridge; the session is still closed by fcql_close() */
} fcql_status;

/* Class of a completion. */
typedef enum fcql_error {
    FCQL_ERR_NONE = 0,
    FCQL_ERR_UNAVAILABLE = 1,   /* too few replicas alive: nothing was written */
    FCQL_ERR_WRITE_TIMEOUT = 2, /* too few replicas answered: written or not */
    FCQL_ERR_READ_TIMEOUT = 3,
    FCQL_ERR_WRITE_FAILURE = 4, /* a replica refused: written or not */
    FCQL_ERR_READ_FAILURE = 5,
    FCQL_ERR_OVERLOADED = 6, /* the coordinator refused */
    FCQL_ERR_BOOTSTRAPPING = 7,
    FCQL_ERR_CLIENT_TIMEOUT = 8, /* the request's own deadline */
    FCQL_ERR_NO_CONNECTION = 9,  /* no node of the route is connected: nothing was sent */
    FCQL_ERR_BROKEN = 10,        /* the connection broke under the request: written or not */
    FCQL_ERR_SYNTAX = 11,
    FCQL_ERR_INVALID = 12, /* the server or the bridge says the request is wrong */
    FCQL_ERR_UNAUTHORIZED = 13,
    FCQL_ERR_AUTHENTICATION = 14,
    FCQL_ERR_ALREADY_EXISTS = 15,
    FCQL_ERR_SCHEMA_AGREEMENT = 16, /* nodes did not agree in time */
    FCQL_ERR_SERVER = 17,           /* any other error of the server */
    FCQL_ERR_PROTOCOL = 18,         /* bytes that are not the protocol */
    FCQL_ERR_CANCELLED = 19,        /* the session closed */
    FCQL_ERR_INTERNAL = 20          /* a fault of the bridge */
} fcql_error;

typedef enum fcql_kind {
    FCQL_KIND_CONNECT = 0, /* tag 0, the first completion of a session */
    FCQL_KIND_PREPARE = 1,
    FCQL_KIND_EXECUTE = 2,
    FCQL_KIND_SCHEMA = 3,
    FCQL_KIND_TOPOLOGY = 4
} fcql_kind;

/* Which nodes may coordinate. */
enum { FCQL_ROUTE_HOME = 0, FCQL_ROUTE_ANY = 1, FCQL_ROUTE_REMOTE = 2 };
/* fcql_request.flags */
enum { FCQL_IDEMPOTENT = 1, FCQL_TRACE = 2 };
#define FCQL_NO_TIMESTAMP INT64_MIN
#define FCQL_NO_SERIAL 0xFFFFu

/* UTF-8 or bytes; data may be null when len is 0. */
typedef struct fcql_slice {
    const uint8_t* data;
    size_t len;
} fcql_slice;

typedef struct fcql_config {
    fcql_slice contact_points; /* host[:port], comma separated */
    fcql_slice home_dc;        /* empty: nodes of all datacentres alike */
    fcql_slice remote_dc;      /* empty: FCQL_ROUTE_REMOTE is refused */
    fcql_slice user;           /* empty: no authentication */
    fcql_slice password;
    fcql_slice tls_ca_file; /* PEM; empty: no TLS */
    int32_t event_fd;       /* an eventfd; the session keeps a duplicate */
    uint32_t connect_timeout_ms;
    uint32_t schema_timeout_ms;
    uint32_t max_in_flight;
    uint32_t max_batch_rows;
    uint32_t max_batch_bytes;
    uint8_t compression;     /* 0 none, 1 LZ4 */
    uint8_t tls_verify_host; /* 1: the certificate must name the host */
    uint8_t reserved[6];
} fcql_config;

typedef struct fcql_request {
    uint64_t tag;
    fcql_slice rows;       /* `row_count` packed rows, see below */
    fcql_slice page_state; /* empty: from the start */
    int64_t timestamp_us;  /* of the writes; FCQL_NO_TIMESTAMP: the server's clock */
    uint32_t statement;
    uint32_t row_count;   /* more than one: an unlogged batch inside one partition */
    uint32_t timeout_ms;  /* 0 is refused */
    uint32_t page_rows;   /* 0: all rows in one page */
    uint16_t consistency; /* codes of the native protocol */
    uint16_t serial;      /* 8, 9 or FCQL_NO_SERIAL */
    uint8_t route;
    uint8_t flags;
    uint8_t reserved[2];
} fcql_request;

/* Packed row: for each bind marker in order a big-endian i32 and that many bytes; -1 is null, -2 is
 * unset. */

typedef struct fcql_result fcql_result; /* owner of everything a completion points at */

typedef struct fcql_completion {
    uint64_t tag;
    uint64_t latency_us; /* from submission to the answer */
    fcql_result* result; /* never null; free it once */
    uint8_t trace_id[16];
    int32_t required; /* replicas; -1 where the error has no such number */
    int32_t received;
    int32_t alive;
    int32_t failures;
    uint16_t kind;
    uint16_t error;
    uint16_t consistency; /* of the failed request; 0xFFFF unknown */
    uint8_t has_trace;
    uint8_t data_present; /* read time-outs and failures: the replica that was asked for data
                             answered */
} fcql_completion;

typedef struct fcql_column {
    fcql_slice name;
    fcql_slice type; /* as CQL writes it: text, map<text, double> */
} fcql_column;

typedef struct fcql_node {
    fcql_slice host_id;
    fcql_slice address;
    fcql_slice datacenter;
    fcql_slice rack;
    uint64_t connected; /* 1: this session has a connection */
} fcql_node;

typedef struct fcql_replication {
    fcql_slice datacenter; /* empty: SimpleStrategy, over all of them */
    uint64_t factor;
} fcql_replication;

/* Pointers into a result. What does not belong to the completion's kind is empty. */
typedef struct fcql_view {
    fcql_slice message;     /* of an error */
    fcql_slice coordinator; /* ip:port, also of a failed request if one was asked */
    fcql_slice coordinator_dc;
    fcql_slice write_type;
    fcql_slice page;           /* rows as the server sent them: cells as in a packed row */
    fcql_slice page_state;     /* has_more: give it to the next request */
    fcql_slice cluster_name;   /* topology */
    fcql_slice schema_version; /* topology; empty: the nodes differ */
    const fcql_column* params;
    const fcql_column* columns;
    const uint16_t* key_params; /* params of the partition key, in its order */
    const fcql_node* nodes;
    const fcql_replication* replication;
    uint32_t param_count;
    uint32_t column_count;
    uint32_t key_param_count;
    uint32_t node_count;
    uint32_t replication_count;
    uint32_t row_count;
    uint32_t statement; /* prepare: its number */
    uint32_t has_more;
} fcql_view;

uint32_t fcql_abi_version(void);

/* Starts the runtime's thread and begins to connect; the answer is the completion of tag 0. On
 * failure `error` (if not null) gets a text that ends with a zero. */
fcql_status fcql_open(const fcql_config* config, uint64_t* session, char* error, size_t error_size);
fcql_status fcql_prepare(uint64_t session, uint64_t tag, fcql_slice cql, uint32_t timeout_ms);
fcql_status fcql_execute(uint64_t session, const fcql_request* request);
/* One statement without parameters; waits until the nodes agree on the schema. */
fcql_status fcql_schema(uint64_t session, uint64_t tag, fcql_slice cql, uint32_t timeout_ms);
/* Nodes, schema version and the replication of one keyspace (empty: none), freshly read. */
fcql_status fcql_topology(uint64_t session, uint64_t tag, fcql_slice keyspace, uint32_t timeout_ms);
/* Requests without a polled completion. */
fcql_status fcql_in_flight(uint64_t session, uint32_t* count);
/* Takes at most `capacity` completions. The eventfd is made readable again when some are left. */
fcql_status fcql_poll(uint64_t session, fcql_completion* out, size_t capacity, size_t* count);
/* Answers what is in flight with FCQL_ERR_CANCELLED and ends the runtime's thread. The second call
 * gives FCQL_CLOSED. */
fcql_status fcql_close(uint64_t session);
/* Closes, and forgets the session and its unpolled completions. */
fcql_status fcql_free(uint64_t session);

fcql_status fcql_result_view(const fcql_result* result, fcql_view* view);
void fcql_result_free(fcql_result* result); /* null is fine */

#ifdef __cplusplus
}

static_assert(sizeof(void*) == 8, "the bridge is built for 64 bits");
static_assert(sizeof(fcql_slice) == 16);
static_assert(sizeof(fcql_config) == 128);
static_assert(sizeof(fcql_request) == 72);
static_assert(sizeof(fcql_completion) == 64);
static_assert(sizeof(fcql_column) == 32);
static_assert(sizeof(fcql_node) == 72);
static_assert(sizeof(fcql_replication) == 24);
static_assert(sizeof(fcql_view) == 200);
#endif

#endif
