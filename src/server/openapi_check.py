#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a running server for every operation of its own OpenAPI document and validates each answer against it.

Usage: openapi_check.py http://127.0.0.1:PORT. The server holds the data of openapi_test.cpp. Exit code 1 names what does not fit.
"""
import json
import sys
import urllib.error
import urllib.request

import jsonschema
import yaml

# Requests per operation: path and query (with arguments filled in), headers, body, expected status.
GET = {
    "fleets": [("/api/v1/fleets", 200), ("/api/v1/fleets?format=csv", 200), ("/api/v1/fleets?limit=1", 200), ("/api/v1/fleets?x=1", 400)],
    "fleetDevices": [("/api/v1/fleets/idf/devices?limit=1", 200), ("/api/v1/fleets/nowhere/devices", 404), ("/api/v1/fleets/idf/devices?format=csv", 200)],
    "fleetLatest": [("/api/v1/fleets/idf/latest?limit=1", 200), ("/api/v1/fleets/idf/latest?day=2026-11-24", 200),
                    ("/api/v1/fleets/idf/latest?day=2020-01-01", 200), ("/api/v1/fleets/idf/latest?at=2026-11-24T10:00:00Z", 200), ("/api/v1/fleets/idf/latest?day=x", 400), ("/api/v1/fleets/nowhere/latest", 404)],
    "fleetScan": [("/api/v1/fleets/idf/scan?where=speed_kmh%3E1", 200), ("/api/v1/fleets/idf/scan?limit=1&fields=lat,lon", 200),
                  ("/api/v1/fleets/idf/scan?metric=speed_kmh", 200), ("/api/v1/fleets/idf/scan?day=2020-01-01", 200),
                  ("/api/v1/fleets/idf/scan?where=speed_kmh%3E1&format=csv", 200), ("/api/v1/fleets/idf/scan?where=x", 400),
                  ("/api/v1/fleets/nowhere/scan", 404)],
    "fleetKpis": [("/api/v1/fleets/idf/kpis", 200), ("/api/v1/fleets/idf/kpis?day=2026-11-24", 200), ("/api/v1/fleets/idf/kpis?day=2020-01-01", 200),
                  ("/api/v1/fleets/nowhere/kpis", 404)],
    "fleetAnalytics": [("/api/v1/fleets/idf/analytics", 200), ("/api/v1/fleets/idf/analytics?day=2020-01-01", 200),
                       ("/api/v1/fleets/idf/analytics?format=csv", 200), ("/api/v1/fleets/nowhere/analytics", 404)],
    "device": [("/api/v1/devices/V-1", 200), ("/api/v1/devices/SILENT", 200), ("/api/v1/devices/nobody", 404)],
    "deviceLatest": [("/api/v1/devices/V-1/latest", 200), ("/api/v1/devices/SILENT/latest", 200), ("/api/v1/devices/nobody/latest", 404)],
    "deviceHistory": [("/api/v1/devices/V-1/history", 200), ("/api/v1/devices/V-1/history?limit=1", 200), ("/api/v1/devices/SILENT/history", 200),
                      ("/api/v1/devices/V-1/history?day=2020-01-01", 200), ("/api/v1/devices/V-1/history?format=csv", 200),
                      ("/api/v1/devices/V-1/history?format=gpx", 200), ("/api/v1/devices/V-1/history?format=geojson", 200),
                      ("/api/v1/devices/V-1/history?format=gpx&limit=1", 400),
                      ("/api/v1/devices/V-1/history?order=up", 400), ("/api/v1/devices/nobody/history", 404)],
    "deviceSeries": [("/api/v1/devices/V-2/series?metric=speed_kmh", 200), ("/api/v1/devices/V-1/series?metric=temp_c&points=9999", 200),
                     ("/api/v1/devices/SILENT/series?metric=fuel_pct", 200), ("/api/v1/devices/V-1/series?metric=temp_c&day=2020-01-01", 200),
                     ("/api/v1/devices/V-2/series?metric=speed_kmh&format=csv", 200), ("/api/v1/devices/V-1/series", 400),
                     ("/api/v1/devices/nobody/series?metric=temp_c", 404)],
    "deviceSummary": [("/api/v1/devices/V-1/summary", 200), ("/api/v1/devices/SILENT/summary", 200), ("/api/v1/devices/V-1/summary?day=2020-01-01", 200),
                      ("/api/v1/devices/nobody/summary", 404)],
    "deviceTrips": [("/api/v1/devices/V-2/trips", 200), ("/api/v1/devices/V-2/trips?day=2026-11-24&limit=1", 200),
                    ("/api/v1/devices/SILENT/trips", 200), ("/api/v1/devices/V-2/trips?day=2020-01-01", 200),
                    ("/api/v1/devices/V-2/trips?format=csv", 200), ("/api/v1/devices/V-2/trips?from=x", 400),
                    ("/api/v1/devices/nobody/trips", 404)],
    "deviceStops": [("/api/v1/devices/V-2/stops", 200), ("/api/v1/devices/SILENT/stops", 200), ("/api/v1/devices/V-2/stops?format=csv", 200),
                    ("/api/v1/devices/V-2/stops?cursor=x", 400), ("/api/v1/devices/nobody/stops", 404)],
    "fleetAlerts": [("/api/v1/fleets/idf/alerts", 200), ("/api/v1/fleets/idf/alerts?limit=1&retracted=true", 200),
                    ("/api/v1/fleets/idf/alerts?severity=HIGH&type=OVERSPEED&state=OPEN&device=V-2", 200),
                    ("/api/v1/fleets/idf/alerts?day=2020-01-01", 200), ("/api/v1/fleets/idf/alerts?format=csv", 200),
                    ("/api/v1/fleets/idf/alerts?severity=high", 400), ("/api/v1/fleets/nowhere/alerts", 404)],
    "fleetIncidents": [("/api/v1/fleets/idf/incidents", 200), ("/api/v1/fleets/idf/incidents?format=csv", 200),
                       ("/api/v1/fleets/idf/incidents?day=x", 400), ("/api/v1/fleets/nowhere/incidents", 404)],
    "alert": [("/api/v1/alerts/ALERT", 200), ("/api/v1/alerts/7", 400), ("/api/v1/alerts/" + "0" * 32, 404)],
    "search": [("/api/v1/search?q=v", 200), ("/api/v1/search?q=none-like-this", 200), ("/api/v1/search", 400)],
    "zones": [("/api/v1/zones", 200), ("/api/v1/zones?limit=1", 200), ("/api/v1/zones?cursor=x", 400)],
    "zone": [("/api/v1/zones/depot", 200), ("/api/v1/zones/nowhere", 404)],
    "rules": [("/api/v1/rules", 200)],
    "rule": [("/api/v1/rules/fast", 200), ("/api/v1/rules/none", 404)],
    "quarantine": [("/api/v1/quarantine", 200), ("/api/v1/quarantine?limit=x", 400)],
    "backups": [("/api/v1/backups", 200)],
    "live": [("/api/v1/live", 426), ("/api/v1/live?format=xml", 400)],
    "health": [("/api/v1/health", 200)],
    "ready": [("/api/v1/ready", 200)],
    "config": [("/api/v1/config", 200)],
    "openapi": [("/api/v1/openapi.yaml", 200)],
    "metrics": [("/metrics", 200)],
}
INGEST = [
    ("application/json", b'[{"device_id":"V-1","ts":"2026-11-25T11:00:00Z","lat":91,"lon":2},{"device_id":"V-3","ts":"2026-11-25T11:00:00Z"}]', 200),
    ("text/csv", b"device_id,nonsense\n", 400),
    ("image/png", b"x", 415),
]


DEPOT = b'{"type":"Feature","properties":{"id":"depot","radius_m":250},"geometry":{"type":"Point","coordinates":[2.35,48.85]}}'
FAST = b'{"name":"fast","type":"OVERSPEED","limit":90}'
ALERT = "/api/v1/alerts/00000000000000a100000000000000e7"
NO_ALERT = "/api/v1/alerts/00000000000000000000000000000000"
# Method, path, content type, body, expected status; in this order, before what only reads.
CHANGES = {
    "importZones": [("POST", "/api/v1/zones", "application/geo+json", DEPOT, 200), ("POST", "/api/v1/zones", "application/json", b"{}", 400),
                    ("POST", "/api/v1/zones", "text/plain", DEPOT, 415)],
    "putZone": [("PUT", "/api/v1/zones/depot", "application/geo+json", DEPOT, 200),
                ("PUT", "/api/v1/zones/home", "application/json", DEPOT.replace(b"depot", b"home"), 201),
                ("PUT", "/api/v1/zones/other", "application/json", DEPOT, 400)],
    "removeZone": [("DELETE", "/api/v1/zones/home", None, None, 204), ("DELETE", "/api/v1/zones/home", None, None, 404)],
    "importRules": [("POST", "/api/v1/rules", "application/json", b"[" + FAST + b"]", 200), ("POST", "/api/v1/rules", "application/json", b"[{}]", 400)],
    "putRule": [("PUT", "/api/v1/rules/fast", "application/json", FAST, 200),
                ("PUT", "/api/v1/rules/slow", "application/json", FAST.replace(b"fast", b"slow"), 201),
                ("PUT", "/api/v1/rules/other", "application/json", FAST, 400)],
    "removeRule": [("DELETE", "/api/v1/rules/slow", None, None, 204), ("DELETE", "/api/v1/rules/slow", None, None, 404)],
    "acknowledgeAlert": [("POST", f"{ALERT}/ack", None, None, 200), ("POST", f"{NO_ALERT}/ack", None, None, 404)],
    "resolveAlert": [("POST", f"{ALERT}/resolve", "application/json", b'{"who":"ada"}', 200), ("POST", f"{NO_ALERT}/resolve", None, None, 404)],
    "commentAlert": [("POST", f"{ALERT}/comment", "application/json", b'{"text":"seen"}', 200), ("POST", f"{ALERT}/comment", None, None, 400)],
    "addDevices": [("POST", "/api/v1/devices", "application/json", b'{"device_id":"NEW","fleet_id":"idf","name":"Van"}', 201),
                   ("POST", "/api/v1/devices", "application/json", b'[{"device_id":"NEW","plate":"AB-123-CD"},{"device_id":"NEWER"}]', 200),
                   ("POST", "/api/v1/devices", "application/json", b'{"device_id":"NEW"}', 409),
                   ("POST", "/api/v1/devices", "application/json", b'[{"device_id":"a b"}]', 400),
                   ("POST", "/api/v1/devices", "text/csv", b"device_id\n", 415)],
    "changeDevice": [("PATCH", "/api/v1/devices/NEW", "application/json", b'{"enabled":false,"name":null}', 200),
                     ("PATCH", "/api/v1/devices/NEW", "application/json", b'{"plat":"x"}', 400),
                     ("PATCH", "/api/v1/devices/nobody", "application/json", b'{"plate":"x"}', 404)],
    "moveDevice": [("POST", "/api/v1/devices/NEW/move", "application/json", b'{"fleet_id":"idf2","from":"2026-11-24"}', 200),
                   ("POST", "/api/v1/devices/NEW/move", "application/json", b'{"fleet_id":"idf"}', 200),
                   ("POST", "/api/v1/devices/NEW/move", "application/json", b'{"from":"2026-11-24"}', 400),
                   ("POST", "/api/v1/devices/nobody/move", "application/json", b'{"fleet_id":"idf"}', 404)],
    "eraseDevice": [("POST", "/api/v1/devices/GONE/erase?from=2026-11-24&to=2026-11-25T00:00:00Z", None, None, 200),
                    ("POST", "/api/v1/devices/GONE/erase?from=2026-11-25&to=2026-11-24", None, None, 400),
                    ("POST", "/api/v1/devices/GONE/erase?form=2026-11-24", None, None, 400),
                    ("POST", "/api/v1/devices/GONE/erase", None, None, 200), ("POST", "/api/v1/devices/GONE/erase", None, None, 404)],
    "makeBackup": [("POST", "/api/v1/backups", "application/json", b'{"name":"monday"}', 201),
                   ("POST", "/api/v1/backups", "application/json", b'{"name":"tuesday","verify":false}', 201),
                   ("POST", "/api/v1/backups", "application/json", b'{"name":"monday"}', 409),
                   ("POST", "/api/v1/backups", "application/json", b'{"name":".."}', 400), ("POST", "/api/v1/backups", None, None, 201)],
}


def resolve(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def request(base, path, method="GET", body=None, content_type=None):
    headers = {"Content-Type": content_type} if content_type else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(base + path, data=body, method=method, headers=headers), timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class Check:
    def __init__(self, document):
        self.document = document
        self.problems = []
        self.answers = 0

    def validate(self, value, schema, where):
        # References are resolved from the document's root, which the schema is put into.
        whole = {"components": self.document["components"], **schema}
        for error in jsonschema.Draft202012Validator(whole).iter_errors(value):
            self.problems.append(f"{where}: {error.json_path}: {error.message}")

    def answer(self, operation, where, expected, status, headers, body):
        self.answers += 1
        if status != expected:
            self.problems.append(f"{where}: {status} instead of {expected}: {body[:200]!r}")
            return
        if str(status) not in operation["responses"]:
            self.problems.append(f"{where}: {status} is not in the document")
            return
        response = resolve(self.document, operation["responses"][str(status)])
        for name, header in response.get("headers", {}).items():
            if header.get("required") and name not in headers:
                self.problems.append(f"{where}: header {name} is missing")
        media = headers.get("Content-Type", "").split(";")[0]
        if not body and "content" not in response:
            return
        if media not in response.get("content", {}):
            self.problems.append(f"{where}: content type {media!r} is not in the document")
        elif media.endswith("json"):
            self.validate(json.loads(body), response["content"][media]["schema"], where)


def check_examples(check, node, where="document"):
    """Every example of the document fits its schema."""
    if isinstance(node, dict):
        if "example" in node and "schema" in node:
            check.validate(node["example"], node["schema"], f"example in {where}")
        for key, value in node.items():
            check_examples(check, value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            check_examples(check, value, f"{where}[{index}]")


def main():
    base = sys.argv[1]
    document = yaml.safe_load(request(base, "/api/v1/openapi.yaml")[2])
    check = Check(document)
    for name, schema in document["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            check.problems.append(f"schema {name}: {error.message}")
    check_examples(check, document["paths"])
    listed = json.loads(request(base, "/api/v1/fleets/idf/alerts?severity=HIGH")[2])["items"]
    operations = {operation["operationId"]: operation for methods in document["paths"].values() for operation in methods.values()}
    for name, changes in CHANGES.items():
        for method, target, content_type, body, expected in changes:
            check.answer(operations[name], f"{method} {target}", expected, *request(base, target, method, body, content_type))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            if method == "get" and name in GET:
                for target, expected in GET[name]:
                    target = target.replace("ALERT", listed[0]["id"])
                    check.answer(operation, f"GET {target}", expected, *request(base, target))
            elif method == "post" and name == "ingest":
                for content_type, body, expected in INGEST:
                    check.answer(operation, f"POST {path} {content_type}", expected, *request(base, path, "POST", body, content_type))
            elif name not in CHANGES:
                check.problems.append(f"{method} {path}: nothing here asks for it")
    for problem in check.problems:
        print(problem)
    print(f"{check.answers} answers checked, {len(check.problems)} problems")
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
