# SPDX-License-Identifier: Apache-2.0
"""The real data sets and what is true about them, from files that other programs computed."""
import csv
import gzip
import json
import os
import pathlib

from fleet_binary import ROOT

DATA = pathlib.Path(os.environ.get("FLEET_SHARED_DATA", ROOT.parent / "shared" / "data"))
SETS = ("capmetro_2015-03-07", "capmetro_2016-11-25", "twizy_T3")


def missing():
    """Why the facts cannot be checked here, or nothing."""
    if not (DATA / "facts.json").is_file():
        return f"no real data in {DATA} (set FLEET_SHARED_DATA to where it is)"
    return None


def facts(name):
    return json.loads((DATA / "facts.json").read_text())["sets"][name]


def normalized(name):
    return DATA / "normalized" / f"{name}.csv.gz"


def normalized_lines(name):
    """Header line and row lines, as bytes with their line ends."""
    with gzip.open(normalized(name)) as file:
        header, *rows = file.read().splitlines(keepends=True)
    return header, rows


def table(kind, name):
    """Rows of facts_<kind>.csv for a set."""
    with open(DATA / f"facts_{kind}.csv", newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["set"] == name]
