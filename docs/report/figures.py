# SPDX-License-Identifier: Apache-2.0
"""Fills the places of the report with figures of result files, and writes its tables. What is not there is an error that names the command
which measures it; in a draft it is «à mesurer»."""
import datetime
import json
import re
import tomllib

from charts import RUNS, UNIT, number

PLACE = re.compile(r"\{\{([^{}|]+?)(?:\|(\w+))?\}\}")
STEP = re.compile(r"([\w-]+)(?:\[([\w ,+-]+)\])?")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")
UNMEASURED = "à mesurer"
DRILLS = {"node": "un nœud", "datacentre": "un centre", "kill": "tué", "pause": "figé"}
PROBLEMS = {"sequential": "lectures l’une après l’autre", "filter": "filtre hors clé", "pages": "journée sans pages"}
INSTEAD = {"sequential": "de front", "filter": "la table des alertes", "pages": "première page"}


class Unmeasured(Exception):
    """A result that is not there yet, with the command that makes it."""


def french_date(text):
    day = datetime.date.fromisoformat(text[:10])
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def factor(value):
    return number(value, 0 if value >= 10 else 1)


FORMATS = {
    "entier": lambda v: number(v, 0),
    "brut": str,
    "d1": lambda v: number(v, 1),
    "d2": lambda v: number(v, 2),
    "ms": lambda v: f"{number(v)}{UNIT}ms",
    "x": lambda v: f"{factor(v)}{UNIT}×",
    "fois": lambda v: f"{factor(v)} fois",
    "pct": lambda v: f"{number(100 * v, 0)}{UNIT}%",
}


class Results:
    """bench/results by name, as docs/report/results.toml lists them; and the constants of the report."""

    def __init__(self, here, folder, logs):
        with open(here / "results.toml", "rb") as file:
            self.listed = tomllib.load(file)
        with open(here / "constants.toml", "rb") as file:
            self.constants = {name: entry["value"] for name, entry in tomllib.load(file).items()}
        self.logs = logs
        self.files = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
                      for name in self.listed if (folder / f"{name}.json").exists()}

    def __getitem__(self, name):
        if name not in self.files:
            raise Unmeasured(f"bench/results/{name}.json is missing: {self.listed[name]['command']}")
        return self.files[name]

    def missing(self):
        return [f"bench/results/{name}.json is missing: {entry['command']}" for name, entry in self.listed.items() if name not in self.files]

    def value(self, path):
        """`file.member.list[name].member`; `[+]` adds up over a list, `[a,b]` finds the entry whose name is a and whose fault is b."""
        steps = path.strip().split(".")
        if steps[0] == "const":
            return self.constants[steps[1]]
        found = self[steps[0]]
        for index, step in enumerate(steps[1:], 1):
            name, key = STEP.fullmatch(step).groups()
            if name not in found:
                raise Unmeasured(f"bench/results/{steps[0]}.json has no {path}: {self.listed[steps[0]]['command']}")
            found = found[name]
            if key == "+":
                rest = steps[index + 1:]
                return sum(member(entry, rest) for entry in found)
            if key:
                wanted = key.split(",")
                matching = [entry for entry in found if [entry["name"], entry.get("fault")][:len(wanted)] == wanted]
                if not matching:
                    raise Unmeasured(f"bench/results/{steps[0]}.json has no {path}: {self.listed[steps[0]]['command']}")
                found = matching[0]
        return found

    def expression(self, text):
        parts = text.split(" / ")
        value = self.value(parts[0])
        for part in parts[1:]:
            value /= self.value(part)
        return value


def member(found, steps):
    for step in steps:
        found = found[step]
    return found


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def problems(results):
    rows = []
    for problem in results["cassandra-traces"]["problems"]:
        before, after = problem["before"], problem["after"]
        rows.append((PROBLEMS[problem["name"]], number(before["ms"]), INSTEAD[problem["name"]], number(after["ms"]), FORMATS["x"](before["ms"] / after["ms"])))
    return table(["problème", "ms", "à la place", "ms", "gain"], rows)


def writes(results):
    runs = {run["name"]: run for run in results["cassandra-etl"]["runs"]}
    rows = [(label, number(run["records_per_s"]), number(run["client_cpu_s_per_100k"]), number(run["server_cpu_s_per_100k"]),
             *(number(run["write_ms"][key]) for key in ("p50", "p95", "p99")), number(run["errors"], 0))
            for name, (label, _) in RUNS.items() if (run := runs.get(name))]
    return table(["écriture", "relevés/s", "client, s", "serveurs, s", "P50 ms", "P95", "P99", "erreurs"], rows)


def expectations(results):
    floors, c = results["cassandra-etl"]["floors"], results.constants
    rows = []
    for name, label, low, high, p99 in (("batch", "lots", "guide_lot_bas", "guide_lot_haut", "guide_lot_p99"), ("stream", "flux", "guide_flux_bas", "guide_flux_haut", "guide_flux_p99")):
        run = floors[name]
        rows.append((f"{label} : relevés/s", f"{c[low]} à {c[high]}", number(run["records_per_s"])))
        rows.append((f"{label} : P50 · P95 · P99 d’un acquittement, ms", f"P99 sous {c[p99]}", " · ".join(number(run["ack_ms"][key]) for key in ("p50", "p95", "p99"))))
        rows.append((f"{label} : retard de la copie, P99, ms", "–", number(run["lag_ms"]["p99"]) if "p99" in run["lag_ms"] else "–"))
    return table(["", "attendu", "mesuré"], rows)


def drills(results):
    rows = [(f"{DRILLS[d['name']]} {DRILLS[d['fault']]}", number(d["acknowledged"], 0), f"{d['missing']} · {d['doubled']}", f"{d['missing_at_all']} · {d['doubled_at_all']}",
             number(d["longest_gap_ms"], 0), number(d["recovered_s"], 1), f"{d['api']['errors_5xx']} · {d['api']['stale']}",
             f"{number(d['api']['p99_ms_first_20s'])} · {number(d['api']['p99_ms_after'])}") for d in results["cassandra-drills"]["drills"]]
    return table(["panne", "acquittés", "manquants · doubles", "à `ALL` après réparation", "plus long arrêt, ms", "reprise, s", "API : 5xx · signalées", "API : P99 ms, pendant · après"], rows)


def embedded(results):
    load, http, single = results["load"], results["http"], results["http-single"]
    return table(["mesure du moteur embarqué", "valeur"], [
        ("chargement d’un CSV, lignes/s (médiane), synchronisation finale comprise", number(load["median_rows_per_s"], 0)),
        ("octets par ligne sur disque, neuf champs", number(load["runs"][0]["bytes_per_row"])),
        ("HTTP durable par lots, relevés/s · P50 · P99 en ms", " · ".join((number(http["ingest"]["records_per_s"], 0), *(number(http["ingest"]["ack_ms"][k]) for k in ("p50", "p99"))))),
        ("HTTP durable un par un, relevés/s · P50 · P99 en ms", " · ".join((number(single["ingest"]["records_per_s"], 0), *(number(single["ingest"]["ack_ms"][k]) for k in ("p50", "p99"))))),
        (f"journée de {number(http['device_day']['points'])} points par HTTP, P50 · P99 en ms", " · ".join(number(http["device_day"]["ms"][k]) for k in ("p50", "p99"))),
    ])


def used(results):
    return table(["fichier", "date", "commande"], [(f"`{name}.json`", french_date(results[name]["date"]), f"`{entry['command'].split(' > ')[0]}`") for name, entry in results.listed.items()])


TABLES = {"problemes": problems, "ecritures": writes, "attentes": expectations, "pannes": drills, "embarque": embedded, "fichiers": used}
LOG_LINES, LOG_COLUMNS = 9, 118


def phrase_of_drills(results):
    """Which faults were put to what, in words."""
    made = results["cassandra-drills"]["drills"]
    what = [words for name, words in (("node", "un nœud"), ("datacentre", "un centre de données entier")) if any(d["name"] == name for d in made)]
    how = [words for fault, words in (("kill", "tué"), ("pause", "figé")) if any(d["fault"] == fault for d in made)]
    plural = "s" if len(what) > 1 else ""
    return f"{', puis '.join(what)}, {' et '.join(word + plural for word in how)} pendant l’écriture".capitalize()


def excerpt(results, key):
    """The last lines of a drill's log."""
    drill = results.value(f"cassandra-drills.drills[{key}]")
    path = results.logs / drill["log"]
    if not path.exists():
        raise Unmeasured(f"{drill['log']} is missing: {results.listed['cassandra-drills']['command']}")
    lines = [line.rstrip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return "\n".join(["```", f"# {drill['log'].rsplit('/', 1)[-1]}", *(line[:LOG_COLUMNS] for line in lines[-LOG_LINES:]), "```"])


def filled(template, results, facts, draft):
    """The report as Markdown. `facts` are author, date and the like."""
    complaints = []

    def fill(match):
        path, form = match.group(1).strip(), match.group(2)
        try:
            if path in facts:
                return facts[path]
            if path.startswith("table:"):
                return TABLES[path.removeprefix("table:")](results)
            if path == "phrase:pannes":
                return phrase_of_drills(results)
            if path.startswith("log:"):
                return excerpt(results, path.removeprefix("log:"))
            value = results.expression(path)
            return value if isinstance(value, str) else FORMATS[form](value)
        except Unmeasured as problem:
            complaints.append(str(problem))
        except KeyError as problem:   # a member that docs/report/README.md asks for
            complaints.append(f"{path} needs a member {problem} of the results in bench/results (docs/report/README.md)")
        return UNMEASURED

    text = PLACE.sub(fill, template)
    if complaints and not draft:
        raise SystemExit("\n".join(dict.fromkeys(["the report cannot be made:", *results.missing(), *complaints])))
    return text
