#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what of the documents follows from other files: docs/benchmarks.md and the traces of docs/cassandra-modeling.md from
bench/results, docs/api.md from api/openapi.yaml. `generate.py --check` says what is not as it would write it."""
import argparse
import json
import pathlib
import re
import sys
import tomllib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
LISTED = ROOT / "docs" / "report" / "results.toml"
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEMS = {"sequential": "The newest state of each vehicle, one request after the other",
            "filter": "A filter on a column that is no key", "pages": "A day without pages"}


def number(value, digits=None):
    """1234567.89 as 1,234,568; small ones with three significant digits."""
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def results():
    with open(LISTED, "rb") as file:
        listed = tomllib.load(file)
    for name, entry in listed.items():
        path = RESULTS / f"{name}.json"
        yield name, entry, json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def percentiles(ms):
    return [number(ms[key]) if key in ms else "–" for key in ("p50", "p95", "p99", "max")]


def of_load(result):
    rows = [(index, number(run["rows_per_s"]), number(run["cpu_s"]), number(run["max_rss_mib"]), number(run["bytes_per_row"]), f"`{run['checksum'][:12]}`")
            for index, run in enumerate(result["runs"], 1)]
    first = result["runs"][0]
    text = (f"{number(first['read'])} rows of nine fields ({number(result['file']['bytes'] / 1e6)} MB), each run into an empty directory, final sync included. "
            f"Stored {number(first['stored'])}; equal checksums mean equal tables.\n\n")
    text += table(["run", "rows/s", "CPU s", "MiB resident", "bytes a row", "checksum"], rows)
    if result["real_files"]:
        text += "\n\nReal vehicles:\n\n" + table(["file", "rows stored", "bytes a row"], [
            (name, number(run["stored"]), number(run["bytes_per_row"])) for name, run in result["real_files"].items()])
    return text


def of_http(result):
    ingest, day, server = result["ingest"], result["device_day"], result["server"]
    return table(["what", "figure"], [
        ("records a second, each answer after an fsync", number(ingest["records_per_s"])),
        ("records accepted", number(ingest["accepted"])),
        ("answer, p50 · p99 · largest", " · ".join(number(ingest["ack_ms"][k]) for k in ("p50", "p99", "max")) + " ms"),
        (f"device-day of {number(day['points'])} points, p50 · p99 · largest", " · ".join(number(day["ms"][k]) for k in ("p50", "p99", "max")) + " ms"),
        ("CPU of the server over the whole run", f"{number(server['cpu_s'])} s"),
        ("largest resident memory of the server", f"{number(server['resident_mib']['largest'])} MiB"),
    ])


def of_traces(result):
    rows = [(PROBLEMS[p["name"]], number(p["before"]["ms"]), p["after"]["how"], number(p["after"]["ms"]),
             number(p["before"]["ms"] / p["after"]["ms"], 1)) for p in result["problems"]]
    return (f"{number(result['vehicles'])} vehicles, {number(result['rows'])} rows of history; medians. Traces are in "
            "[cassandra-modeling.md](cassandra-modeling.md#three-usual-problems).\n\n"
            + table(["problem", "ms", "instead", "ms", "times faster"], rows))


def of_etl(result):
    rows = [(f"`{run['name']}`", run["tables"], number(run["records_per_s"]), number(run["client_cpu_s_per_100k"]), number(run["server_cpu_s_per_100k"]),
             *percentiles(run["write_ms"])[:3], run["errors"]) for run in result["runs"]]
    text = table(["run", "tables", "records/s", "client CPU s per 100,000", "server CPU s per 100,000", "p50 ms", "p95", "p99", "errors"], rows)
    floors = [(f"`fleet {name}`", number(run["records"]), number(run["records_per_s"]), *percentiles(run["ack_ms"])[:3], run["errors"])
              for name, run in result["floors"].items()]
    return text + "\n\nAs a device sees it (acknowledged by the journal, copied behind it):\n\n" + table(
        ["command", "records", "records/s", "p50 ms", "p95", "p99", "errors"], floors)


def of_reads(result):
    day, latest = result["device_day"], result["fleet_latest"]
    rows = [(f"first page of {day['page_rows']} of a day of {number(day['points'])} points", *percentiles(day["ms"])[:3], "–")]
    for key, name in (("cache_off", "without cache"), ("cache_on", "with cache")):
        rows.append((f"newest state of {number(latest['vehicles'])} vehicles, {name}", *percentiles(latest[key]["ms"])[:3], f"{latest[key]['hit_rate'] * 100:.0f} %"))
    return table(["question", "p50 ms", "p95", "p99", "hits"], rows)


def of_drills(result):
    return table(["drill", "acknowledged", "missing · doubled after healing", "at ALL after repair", "longest gap ms", "recovered after s", "API 5xx", "API p99 ms, 20 s · after"], [
        (f"{d['name']}, {d['fault']}", number(d["acknowledged"]), f"{d['missing']} · {d['doubled']}", f"{d['missing_at_all']} · {d['doubled_at_all']}",
         number(d["longest_gap_ms"]), number(d["recovered_s"]), d["api"]["errors_5xx"],
         f"{number(d['api']['p99_ms_first_20s'])} · {number(d['api']['p99_ms_after'])}") for d in result["drills"]])


SECTIONS = {"load": of_load, "http": of_http, "http-single": of_http, "cassandra-traces": of_traces, "cassandra-etl": of_etl,
            "cassandra-reads": of_reads, "cassandra-drills": of_drills}


def is_there(entry):
    """Whether `./dev bench <name>` of an entry's command has its experiment."""
    return (ROOT / "bench" / entry["command"].split()[2] / "run").exists()


def benchmarks():
    out = ["# Benchmarks", "", "<!-- Written by tools/docs/generate.py from bench/results: change those, not this. -->", "",
           "What was measured, when, on what, and the command that measures it again. A figure stands beside what makes it believable. Generator, client and server,",
           "and where there are any the four nodes of Cassandra, share the cores of one machine, so compare ratios. How each experiment works is in",
           "`bench/<name>/README.md`.", ""]
    for name, entry, result in results():
        out += [f"## {name}: {entry['what']}", ""]
        if result is None:
            out += [f"Not measured yet: `{entry['command']}`{'' if is_there(entry) else ', an experiment that is not written yet'}.", ""]
            continue
        machine = result["machine"]
        out += [f"{result['date'][:10]}, {machine['cpu']}, {machine['cores']} cores, revision `{machine['revision']}`: `{entry['command']}`", "", SECTIONS[name](result), ""]
    return "\n".join(out).rstrip("\n") + "\n"


def schema_name(schema):
    """A shape in words; one with a name of its own by a link to it."""
    if not schema:
        return ""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            return (" and " if key == "allOf" else " or ").join(filter(None, (schema_name(part) for part in schema[key])))
    kind = schema.get("type", "")
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if kind == "array":
        return f"list of {schema_name(schema.get('items', {})) or 'values'}"
    return " or ".join(kind) if isinstance(kind, list) else kind


def members(schema, depth=0):
    """Rows of an object's members; those of objects inside it follow, named by their way."""
    for name, member in schema.get("properties", {}).items():
        needed = "yes" if name in schema.get("required", []) else ""
        yield name, schema_name(member), needed, one_line(member.get("description", ""))
        inner = member.get("items", member) if member.get("type") == "array" else member
        if depth < 3 and "properties" in inner:
            for inside, *rest in members(inner, depth + 1):
                yield f"{name}.{inside}", *rest


def shapes(schemas):
    out = ["## Shapes", "", "Of bodies and answers. Numbers are in the units that their names end with; times are [Time](#time).", ""]
    for name, schema in schemas.items():
        out += [f"### {name}", ""]
        told = [one_line(schema["description"]).rstrip(".") + "." if schema.get("description") else ""]
        if "properties" not in schema:
            told.append(f"{schema_name(schema).capitalize() if schema.get('type') == 'string' else schema_name(schema)}"
                        + (f" that matches `{schema['pattern']}`" if "pattern" in schema else "") + ".")
        out += [" ".join(filter(None, told)), ""] if any(told) else []
        if rows := [(f"`{member}`", kind, needed, text) for member, kind, needed, text in members(schema)]:
            out += [table(["member", "is", "always", "meaning"], rows), ""]
    return out


def one_line(text):
    return re.sub(r"\s+", " ", str(text)).strip().replace("|", "\\|")


def api():
    document = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text(encoding="utf-8"))
    shared = document.get("components", {}).get("parameters", {})
    out = ["# API reference", "", "<!-- Written by tools/docs/generate.py from api/openapi.yaml: change that, not this. -->", "",
           "All routes with their parameters and answers, in short. The contract is [openapi.yaml](../api/openapi.yaml), which a running server gives at",
           "`/api/v1/openapi.yaml`; the live socket is told in [live.md](../api/live.md).", ""]
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            out += [f"## {method.upper()} {path}", "", one_line(operation["summary"]) + ".", ""]
            if operation.get("description"):
                out += [one_line(operation["description"]), ""]
            rows = []
            for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
                if "$ref" in parameter:
                    parameter = shared[parameter["$ref"].rsplit("/", 1)[-1]]
                if parameter["in"] != "path":
                    needed = "yes" if parameter.get("required") else ""
                    rows.append((f"`{parameter['name']}`", parameter["in"], needed, one_line(parameter.get("description", ""))))
            if rows:
                out += [table(["parameter", "in", "needed", "meaning"], rows), ""]
            if content := operation.get("requestBody", {}).get("content"):
                bodies = [f"`{kind}`" + (f" ({shape})" if (shape := schema_name(body.get("schema"))) not in ("", "string") else "") for kind, body in content.items()]
                out += [f"Body: {', '.join(bodies)}.", ""]
            answers = {}
            for status, answer in operation["responses"].items():
                if "$ref" in answer:
                    answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
                kinds = [schema_name(content.get("schema")) for content in answer.get("content", {}).values()]
                kinds = [kind for kind in kinds if kind and kind != "string"]
                answers.setdefault(one_line(answer["description"]) + (f" ({kinds[0]})" if kinds else ""), []).append(str(status))
            out += ["Answers: " + "; ".join(f"{', '.join(statuses)} {text}" for text, statuses in answers.items()) + ".", ""]
    out += shapes(document["components"]["schemas"])
    return "\n".join(out).rstrip("\n") + "\n"


def trace_text(side, limit=12):
    steps = [event for event in side["trace"]["events"]]
    lines = [f"{event['us']:>8} µs  {event['node']:<10}  {event['what'][:110]}" for event in steps[:limit]]
    if len(steps) > limit:
        lines.append(f"            … {len(steps) - limit} more steps")
    return "```\n" + "\n".join(lines) + "\n```"


def traces():
    """The block between the two marks of docs/cassandra-modeling.md."""
    (entry, result), = [(entry, result) for name, entry, result in results() if name == "cassandra-traces"]
    if result is None:
        return f"Not measured yet: `{entry['command']}`.\n"
    out = [f"Measured {result['date'][:10]} with {number(result['vehicles'])} vehicles and {number(result['rows'])} rows of history, by another client at its default",
           f"consistency (`{entry['command']}`). The clock of each node starts at its first step.", ""]
    for problem in result["problems"]:
        before, after = problem["before"], problem["after"]
        out += [f"### {PROBLEMS[problem['name']]}", "",
                table(["", "how", "requests", "rows", "ms"], [(label, side["how"], side["requests"], side["rows"], number(side["ms"]))
                                                             for label, side in (("before", before), ("after", after))]), "",
                f"Before: `{before['cql']}`", "", trace_text(before), ""]
        if after["trace"] == before["trace"]:
            out += ["After: the same request, so the same trace; the waiting for one overlaps with that for the others.", ""]
        else:
            out += [f"After: `{after['cql']}`", "", trace_text(after), ""]
    return "\n".join(out)


def with_block(path, name, block):
    text = path.read_text(encoding="utf-8")
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    if begin not in text or end not in text:
        sys.exit(f"{path} has no marks for {name}")
    return text[:text.index(begin) + len(begin)] + block + text[text.index(end):]


def documents():
    docs = ROOT / "docs"
    yield docs / "benchmarks.md", benchmarks()
    yield docs / "api.md", api()
    yield docs / "cassandra-modeling.md", with_block(docs / "cassandra-modeling.md", "traces", traces())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = []
    for path, text in documents():
        if not options.check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        sys.exit(f"not as tools/docs/generate.py writes them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
