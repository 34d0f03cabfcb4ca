#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the diagrams of the documents, in English and French: `make.py` writes them beside itself, `make.py --check` says which are not
what it would write. The rooms are read from tools/layers.toml, so that picture cannot differ from what is enforced."""
import argparse
import pathlib
import sys
import tomllib
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INK, SOFT, LINE, PAPER = "#1b2733", "#5b6b7a", "#9fb0bf", "#ffffff"
FILL = {"plain": "#f3f6f9", "core": "#e3eefb", "disk": "#e8f3ea", "warn": "#fdf0dc", "out": "#f1ecfa"}
EDGE = {"plain": "#9fb0bf", "core": "#3b78c3", "disk": "#3f8f55", "warn": "#c9821c", "out": "#7a5cb8"}
FONT = "Inter, 'Segoe UI', 'DejaVu Sans', sans-serif"


class Drawing:
    def __init__(self, width, height, title):
        self.width, self.height, self.title, self.parts = width, height, title, []

    def box(self, x, y, width, height, head, lines=(), kind="plain"):
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{FILL[kind]}" stroke="{EDGE[kind]}"/>')
        top = y + (height - 16 * len(lines) - 16) / 2 + 13
        size = min(13, max(10.5, round((width - 12) / len(head) / 0.62, 1)))   # a bold letter is about two thirds of its size wide
        self.text(x + width / 2, top, head, size=size, weight=600, anchor="middle")
        for number, line in enumerate(lines, 1):
            self.text(x + width / 2, top + 16 * number, line, size=11, colour=SOFT, anchor="middle")

    def frame(self, x, y, width, height, label):
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="none" stroke="{LINE}" stroke-dasharray="4 3"/>')
        self.text(x + 10, y + 17, label, size=11, colour=SOFT, weight=600)

    def text(self, x, y, text, size=13, colour=INK, weight=400, anchor="start"):
        self.parts.append(f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" font-weight="{weight}" text-anchor="{anchor}">'
                          f"{escape(text)}</text>")

    def arrow(self, *points, label="", at=None, dashed=False, colour=SOFT, anchor="start"):
        path = " L".join(f"{x:g} {y:g}" for x, y in points)
        dash = ' stroke-dasharray="5 3"' if dashed else ""
        self.parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.4" marker-end="url(#tip)"{dash}/>')
        if label:
            self.text(*at, label, size=11, colour=colour, anchor=anchor)

    def svg(self):
        body = "\n".join(self.parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}" '
                f'font-family="{FONT}" role="img">\n<title>{escape(self.title)}</title>\n'
                f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
                f'<path d="M0 0 L8 4 L0 8 z" fill="{SOFT}"/></marker></defs>\n'
                f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>\n{body}\n</svg>\n')


def pick(language):
    return (lambda english, french: english) if language == "en" else (lambda english, french: french)


def way(language):
    say = pick(language)
    d = Drawing(760, 500, say("The way of a record", "Le chemin d’un enregistrement"))
    d.box(20, 20, 210, 54, say("sources", "sources"), [say("files · HTTP · generator", "fichiers · HTTP · générateur")], "out")
    d.box(20, 112, 210, 54, "codec, model", [say("decode, validate", "décoder, valider")])
    d.box(280, 112, 170, 54, say("quarantine", "quarantaine"), [say("raw bytes and the reason", "octets bruts et motif")], "warn")
    d.arrow((125, 74), (125, 110))
    d.arrow((230, 139), (278, 139))
    d.frame(10, 190, 450, 190, say("engine", "moteur"))
    d.box(20, 214, 210, 54, "journal", [say("append, one fdatasync for all", "ajout, un fdatasync pour tous")], "disk")
    d.arrow((125, 166), (125, 212))
    d.box(280, 214, 170, 54, say("acknowledgement", "acquittement"), [say("never earlier", "jamais plus tôt")], "core")
    d.arrow((230, 241), (278, 241))
    d.box(20, 310, 210, 58, say("head", "tête (head)"), [say("open chunks, latest, fold", "segments ouverts, dernier état, calcul")], "core")
    d.arrow((125, 268), (125, 308), label=say("sequence number", "numéro de séquence"), at=(132, 285))
    d.box(280, 310, 170, 58, "tables (RocksDB)", [say("chunks, days, alerts", "segments, jours, alertes")], "disk")
    d.arrow((230, 339), (278, 339), label="checkpoint", at=(254, 304), anchor="middle")
    d.box(530, 20, 210, 54, say("browser", "navigateur"), [say("live map, pages", "carte en direct, pages")], "out")
    d.box(530, 112, 210, 54, "server", ["REST · WebSocket · /metrics"])
    d.box(530, 214, 210, 54, "store", [say("one reading interface", "une seule interface de lecture")])
    d.box(530, 310, 210, 58, "replicate", [say("rows, ladder, retries", "lignes, échelle, reprises")])
    d.box(530, 420, 210, 58, "Apache Cassandra", [say("two datacentres, two copies each", "deux centres, deux copies chacun")], "disk")
    d.arrow((635, 112), (635, 76))
    d.arrow((635, 214), (635, 168))
    d.arrow((450, 330), (490, 330), (490, 241), (528, 241))
    d.arrow((450, 348), (528, 348), label=say("change feed", "flux"), at=(464, 364))
    d.arrow((635, 368), (635, 418))
    d.arrow((740, 449), (752, 449), (752, 241), (742, 241), dashed=True)
    d.box(20, 420, 430, 58, "fold", [say("pure: ordered rows of a device → hours, trips, stops, alerts", "pur : lignes ordonnées → heures, trajets, arrêts, alertes")])
    d.arrow((125, 418), (125, 370))
    return d


def cluster(language):
    say = pick(language)
    d = Drawing(760, 420, say("The copy in Cassandra", "La copie dans Cassandra"))
    d.box(20, 30, 200, 64, "fleet serve", [say("journal, engine, copy", "journal, moteur, copie"), "store.kind = cassandra"], "core")
    d.box(20, 320, 200, 64, "fleet serve --store cassandra", [say("dashboard without data", "tableau de bord sans données")], "core")
    for top, name in ((16, "dc1"), (226, "dc2")):
        d.frame(270, top, 470, 178, f"{name} – " + say("two copies of every row", "deux copies de chaque ligne"))
        for number in (1, 2):
            d.box(290 + 225 * (number - 1), top + 40, 205, 60, f"{name}-node{number}", [say("every row: two copies, two nodes", "toutes les lignes")], "disk")
    d.text(290, 140, say("LOCAL_QUORUM = 2 of 2: fails with one node", "LOCAL_QUORUM = 2 sur 2 : un nœud perdu suffit à le bloquer"), size=11.5)
    d.text(290, 160, say("QUORUM = 3 of 4: survives one node, not a datacentre", "QUORUM = 3 sur 4 : survit à un nœud, pas à un centre"), size=11.5)
    d.text(290, 352, say("LOCAL_QUORUM of dc2: when dc1 is lost; reads are stale", "LOCAL_QUORUM de dc2 : si dc1 est perdu ; lectures signalées"), size=11.5)
    d.text(290, 372, say("none: records stay in the journal and are copied later", "aucun : tout reste dans le journal, copié ensuite"), size=11.5)
    d.arrow((220, 52), (268, 52), label="1", at=(240, 46))
    d.arrow((220, 66), (268, 66), label="2", at=(240, 81))
    d.arrow((120, 94), (120, 210), (250, 210), (250, 270), (268, 270), label="3", at=(255, 250), dashed=True)
    d.arrow((220, 352), (244, 352), (244, 300), (268, 300), dashed=True)
    d.arrow((60, 318), (60, 180), (232, 180), (232, 120), (268, 120), dashed=True)
    d.text(128, 150, say("rungs 1, 2, 3", "échelons 1, 2, 3"), size=11, colour=SOFT)
    return d


def model(language):
    say = pick(language)
    d = Drawing(760, 330, say("One table for each question", "Une table par question"))
    rows = [
        (say("vehicles of a fleet", "véhicules d’une flotte"), "devices_by_fleet", "(fleet_id)", "device_id"),
        (say("newest state of a vehicle", "dernier état d’un véhicule"), "latest_telemetry_by_device", "(device_id)", "–"),
        (say("a day of a vehicle", "journée d’un véhicule"), "telemetry_by_device_day", "(device_id, day)", "ts ↓"),
        (say("alerts of a day", "alertes d’un jour"), "alerts_by_fleet_day", "(fleet_id, day, severity)", "ts ↓, device_id, …"),
        (say("hours of a fleet", "heures d’une flotte"), "fleet_analytics_by_day", "(fleet_id, day)", "hour, shard"),
    ]
    for x, head in ((20, "question"), (245, "table"), (470, say("partition", "partition")), (650, say("order inside", "ordre interne"))):
        d.text(x, 24, head, size=11, colour=SOFT, weight=600)
    for number, (question, table, key, order) in enumerate(rows):
        y = 38 + 57 * number
        d.box(20, y, 195, 44, question, kind="out")
        d.box(245, y, 205, 44, table, kind="core")
        d.box(470, y, 165, 44, key, kind="disk")
        d.text(650, y + 27, order, size=12)
        d.arrow((215, y + 22), (243, y + 22))
        d.arrow((450, y + 22), (468, y + 22))
    return d


def rooms(language):
    """The rooms of src/ by how many steps they are above `base`, as tools/layers.toml permits them to include."""
    say = pick(language)
    with open(ROOT / "tools" / "layers.toml", "rb") as file:
        table = tomllib.load(file)["rooms"]
    known = {}
    for name, entry in table.items():
        top = name.split("/")[0]
        known.setdefault(top, set()).update(part.split("/")[0] for part in entry["include"])
    known = {name: {other for other in others if other in known and other != name} for name, others in known.items()}

    def level(name, seen=()):
        return 0 if name in seen or not known[name] else 1 + max(level(other, (*seen, name)) for other in known[name])

    layers = {}
    for name in known:
        layers.setdefault(level(name), []).append(name)
    d = Drawing(760, 46 * len(layers) + 42, say("Rooms of src/: each may include only those below it", "Pièces de src/ : chacune n’inclut que celles du dessous"))
    for row, number in enumerate(sorted(layers, reverse=True)):
        names = sorted(layers[number])
        width = min(150, (740 - 10 * len(names)) / len(names))
        left = (760 - (width + 10) * len(names) + 10) / 2
        for column, name in enumerate(names):
            pure = name in ("model", "geo", "fold", "codec", "protocols", "base")
            d.box(left + column * (width + 10), 10 + 46 * row, width, 36, name, kind="core" if pure else "plain")
    d.text(380, 46 * len(layers) + 28, say("blue: pure, no disk, no network, no clock. Drawn from tools/layers.toml.",
                                          "bleu : code pur, sans disque, réseau ni horloge. Tiré de tools/layers.toml."), size=12, colour=SOFT, anchor="middle")
    return d


DRAWINGS = {"way": way, "rooms": rooms, "cluster": cluster, "model": model}


def drawn():
    for name, draw in DRAWINGS.items():
        for language in ("en", "fr"):
            yield HERE / f"{name}{'' if language == 'en' else '.fr'}.svg", draw(language).svg()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = []
    for path, text in drawn():
        if options.check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path.name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.exit(f"not as docs/diagrams/make.py draws them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
