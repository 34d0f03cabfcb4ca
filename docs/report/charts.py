# SPDX-License-Identifier: Apache-2.0
"""Charts of the report as SVG, drawn from result files. Every number that a chart shows goes through `text`, so a test can find it."""
import math
from xml.sax.saxutils import escape

INK, SOFT, GRID, PAPER = "#1b2733", "#5b6b7a", "#dde4ea", "#ffffff"
OURS, GUIDE, OTHER = "#2f6fbd", "#c9821c", "#8a99a8"
SHADES = ("#9dc1ea", "#5a96d8", "#2f6fbd")
RUNGS = {"local_quorum": ("LOCAL_QUORUM", "#bfe3c8"), "quorum": ("QUORUM", "#fbe3b5"), "remote": ("LOCAL_QUORUM distant", "#f6c7b6"),
         "journal": ("journal seul", "#e3d5f2")}
WIDTH = 680
SPACE = "\u202f"   # between thousands
UNIT = "\u00a0"    # before units


def number(value, digits=None):
    """A number as French writes it; without digits, about three significant ones."""
    if digits is None:
        size = abs(value)
        digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    return f"{value:,.{digits}f}".replace(",", SPACE).replace(".", ",")


class Chart:
    def __init__(self, height, title):
        self.height, self.title, self.parts = height, title, []

    def text(self, x, y, text, size=11, colour=INK, anchor="start", weight=400):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>')

    def rect(self, x, y, width, height, fill):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" fill="{fill}"/>')

    def line(self, x1, y1, x2, y2, colour=GRID, width=1, dash="none"):
        self.parts.append(f'<path d="M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}" fill="none"/>')

    def curve(self, points, colour):
        if points:
            path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            self.parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="1.6" fill="none" stroke-linejoin="round"/>')

    def svg(self):
        body = "\n".join(self.parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" height="{self.height}" role="img" '
                f'font-family="Inter, \'DejaVu Sans\', sans-serif">\n<title>{escape(self.title)}</title>\n'
                f'<rect width="{WIDTH}" height="{self.height}" fill="{PAPER}"/>\n{body}\n</svg>\n')


def log_bars(title, rows, unit, left=190):
    """Horizontal bars on a logarithmic axis: a name, a value, a colour. Bars that differ a hundredfold stay readable."""
    chart = Chart(22 + 20 * len(rows), title)
    chart.text(0, 12, f"{title} ({unit}, échelle logarithmique)", size=11, weight=600)
    values = [value for _, value, _ in rows if value > 0]
    low = 10 ** math.floor(math.log10(min(values)) - 0.3)
    span = math.log10(max(values) / low)
    for index, (name, value, colour) in enumerate(rows):
        y = 20 + 20 * index
        chart.text(left - 8, y + 13, name, anchor="end", colour=SOFT)
        width = (WIDTH - left - 80) * math.log10(value / low) / span if value > 0 else 0
        chart.rect(left, y + 2, width, 15, colour)
        chart.text(left + width + 6, y + 13, number(value), weight=600)
    return chart.svg()


RUNS = {"fleet-batch": ("fleet, lots", OURS), "fleet-async": ("fleet, asynchrone", OURS), "fleet-telemetry": ("fleet, historique seul", SHADES[0]),
        "bridge-loop": ("boucle nue, historique seul", OTHER), "guide-batches": ("Python, lots, historique seul", "#e7b978"),
        "guide-three-statements": ("Python, trois tables", GUIDE), "guide-five-tables": ("Python, cinq tables", GUIDE)}


def throughput(results):
    runs = {run["name"]: run for run in results["cassandra-etl"]["runs"]}
    return log_bars("Débit d’écriture vers Cassandra", [(label, runs[name]["records_per_s"], colour) for name, (label, colour) in RUNS.items() if name in runs],
                    "relevés/s")


def percentiles(title, groups, unit="ms"):
    """P50, P95 and P99 of each group as bars on a logarithmic axis."""
    chart = Chart(26 + 52 * len(groups), title)
    chart.text(0, 12, f"{title} ({unit}, échelle logarithmique)", size=11, weight=600)
    values = [ms[key] for _, ms in groups for key in ("p50", "p95", "p99") if ms[key] > 0]
    low = 10 ** math.floor(math.log10(min(values)) - 0.3)
    span = math.log10(max(values) / low)
    for index, (name, ms) in enumerate(groups):
        y = 22 + 52 * index
        chart.text(182, y + 28, name, anchor="end", colour=SOFT)
        for row, key in enumerate(("p50", "p95", "p99")):
            width = (WIDTH - 300) * math.log10(ms[key] / low) / span if ms[key] > 0 else 0
            chart.text(212, y + 11 + 16 * row, key.upper(), size=9, colour=SOFT, anchor="end")
            chart.rect(218, y + 1 + 16 * row, width, 13, SHADES[row])
            chart.text(224 + width, y + 12 + 16 * row, number(ms[key]), size=10, weight=600)
    return chart.svg()


def latency(results):
    runs = {run["name"]: run for run in results["cassandra-etl"]["runs"]}
    return percentiles("Latence d’une écriture dans Cassandra", [(RUNS[name][0], runs[name]["write_ms"]) for name in ("fleet-batch", "fleet-async", "guide-five-tables") if name in runs])


def cache(results):
    latest = results["cassandra-reads"]["fleet_latest"]
    return percentiles(f"Dernier état de {number(latest['vehicles'])} véhicules", [("sans cache", latest["cache_off"]["ms"]), ("avec cache", latest["cache_on"]["ms"])])


def rung_of(point):
    """Name and colour of the rung that took the writes of a second; the names are those of the metrics, in any case. None took them: the journal has them."""
    name = (point["rung"] or "journal").lower()
    return RUNGS["remote" if name.startswith("remote") else name]


def nice(top):
    step = 10 ** math.floor(math.log10(top)) if top > 0 else 1
    return next(step * factor for factor in (1, 2, 5, 10) if step * factor >= top)


def timeline(results, name, fault):
    """Acknowledged and copied records a second over a drill; the background is the rung that took the writes."""
    drill = next(d for d in results["cassandra-drills"]["drills"] if (d["name"], d["fault"]) == (name, fault))
    points = drill["timeline"]
    last = max(point["t_s"] for point in points) or 1
    top = nice(max(max(point["acked_per_s"], point["copied_per_s"]) for point in points))
    left, width, base, height = 52, WIDTH - 62, 128, 92
    label = {"node": "d’un nœud", "datacentre": "d’un centre de données"}[name]
    how = {"kill": "tué", "pause": "figé"}[fault]
    chart = Chart(178, f"Perte {label} ({how})")
    chart.text(0, 12, f"Perte {label} ({how}) : relevés par seconde", size=11, weight=600)

    def x(t):
        return left + width * t / last

    def y(value):
        return base - height * value / top

    for index, point in enumerate(points):
        end = points[index + 1]["t_s"] if index + 1 < len(points) else last
        chart.rect(x(point["t_s"]), base - height, x(end) - x(point["t_s"]) + 0.3, height, rung_of(point)[1])
    for value in (0, top / 2, top):
        chart.line(left, y(value), left + width, y(value))
        chart.text(left - 6, y(value) + 4, number(value), size=9, colour=SOFT, anchor="end")
    chart.curve([(x(point["t_s"]), y(point["copied_per_s"])) for point in points], GUIDE)
    chart.curve([(x(point["t_s"]), y(point["acked_per_s"])) for point in points], OURS)
    ends = [-99.0, -99.0, -99.0]
    for event in drill["events"]:
        at = x(event["t_s"])
        chart.line(at, base - height, at, base + 4, INK, 1, "3 2")
        wide = 5.2 * len(event["what"]) + 8
        at_text = min(at + 2, WIDTH - wide)
        row = next((r for r in range(3) if ends[r] <= at_text), 2)
        ends[row] = at_text + wide
        chart.text(at_text, base + 14 + 11 * row, event["what"], size=9)
    seen = list(dict.fromkeys(rung_of(point) for point in points))
    at = left
    for colour, name_of in [(OURS, "acquittés"), (GUIDE, "copiés"), *((shade, rung) for rung, shade in seen)]:
        chart.rect(at, 164, 12, 8, colour)
        chart.text(at + 16, 172, name_of, size=9, colour=SOFT)
        at += 28 + 5.6 * len(name_of)
    chart.text(left + width, 172, f"{number(last)}{UNIT}s", size=9, colour=SOFT, anchor="end")
    return chart.svg()


CHARTS = {
    "debit": throughput,
    "latences": latency,
    "cache": cache,
    "noeud": lambda results: timeline(results, "node", "kill"),
    "centre": lambda results: timeline(results, "datacentre", "kill"),
}
