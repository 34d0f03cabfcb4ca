#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes RAPPORT.md and RAPPORT.pdf. See README.md."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
import charts  # noqa: E402
import figures  # noqa: E402
import sheet  # noqa: E402

AUTHOR = os.environ.get("FLEET_REPORT_AUTHOR", "L’équipe Fleet Tracing")
BROWSER = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PRINT_SECONDS = 120
FONTS = ROOT / "web" / "node_modules" / "@fontsource" / "inter" / "files"   # the typeface of the dashboard
FACES = {"latin": "U+0000-00FF, U+0131, U+0152-0153, U+2000-206F, U+20AC, U+2122, U+2212", "latin-ext": "U+0100-02BA, U+1E00-1EFF"}
CHART = re.compile(r"\(chart:(\w+)\)")


def facts(results):
    """What stands on the cover. The date is that of the newest result unless one is set, so the same results give the same report."""
    heads = list(results.files.values())
    dates = sorted(head["date"] for head in heads)
    newest = os.environ.get("FLEET_REPORT_DATE") or (dates[-1] if dates else "")
    machines = dict.fromkeys(f"{head['machine']['cpu']}, {head['machine']['cores']} cœurs" for head in heads)
    revisions = dict.fromkeys(head["machine"]["revision"] for head in heads)
    return {"author": AUTHOR, "date": figures.french_date(newest) if newest else figures.UNMEASURED,
            "measured": " ; ".join(machines) or figures.UNMEASURED, "revisions": ", ".join(f"`{name}`" for name in revisions) or figures.UNMEASURED}


def drawn(results, draft):
    """The charts by name; in a draft those without results say so."""
    out = {}
    for name, draw in charts.CHARTS.items():
        try:
            out[name] = draw(results)
        except (figures.Unmeasured, KeyError, StopIteration) as problem:
            if not draft:
                raise SystemExit(f"the chart {name} cannot be drawn: {problem}") from problem
            empty = charts.Chart(60, name)
            empty.text(charts.WIDTH / 2, 34, f"{name} : {figures.UNMEASURED}", anchor="middle", colour=charts.SOFT)
            out[name] = empty.svg()
    return out


def markdown(results, draft):
    """The report with its figures; paths are those at the top of the tree."""
    text = figures.filled((HERE / "rapport.md").read_text(encoding="utf-8"), results, facts(results), draft)
    text = CHART.sub(lambda match: f"(docs/report/charts/{match.group(1)}.svg)", text)
    return text.replace("](../../", "](").replace("](../", "](docs/")


def page(text, pictures):
    def svg(path):
        name = pathlib.PurePath(path).stem
        found = pictures[name] if path.startswith("docs/report/charts/") else (ROOT / path).read_text(encoding="utf-8")
        kind = "chart" if name in pictures else "picture"
        return found.replace("<svg ", f'<svg class="{kind}" ', 1)

    content, _ = sheet.body(text, svg)
    content = re.sub(r'src="(?!data:|file:)([^"]+)"', lambda match: f'src="{(ROOT / match.group(1)).as_uri()}"', content)
    if not FONTS.is_dir():
        raise SystemExit(f"{FONTS} is missing: ./dev setup")
    faces = "".join(f'@font-face {{ font-family: Inter; font-weight: {weight}; unicode-range: {span}; src: url("{(FONTS / f"inter-{part}-{weight}-normal.woff2").as_uri()}"); }}'
                    for part, span in FACES.items() for weight in (400, 600, 700))
    style = faces + (HERE / "style.css").read_text(encoding="utf-8")
    return f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Fleet Tracing – rapport</title><style>{style}</style></head><body>{content}</body></html>'


def printed(document, target):
    """Prints a page with headless Chromium."""
    with tempfile.TemporaryDirectory(prefix="fleet-report-") as folder:
        source = pathlib.Path(folder) / "report.html"
        source.write_text(document, encoding="utf-8")
        made = pathlib.Path(folder) / "report.pdf"
        done = subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--no-pdf-header-footer",
                               "--allow-file-access-from-files", f"--print-to-pdf={made}", source.as_uri()],
                              capture_output=True, text=True, timeout=PRINT_SECONDS, check=False)
        if done.returncode or not made.exists():
            raise SystemExit(f"{BROWSER} did not print the report: {done.stderr[-2000:]}")
        shutil.copyfile(made, target)


def build(results_folder, logs, out, draft):
    results = figures.Results(HERE, results_folder, logs)
    text = markdown(results, draft)
    pictures = drawn(results, draft)
    folder = out / "docs" / "report" / "charts"
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
    (out / "RAPPORT.md").write_text(text, encoding="utf-8")
    document = page(text, pictures)
    if draft:
        document = document.replace("<body>", '<body class="draft">')
    printed(document, out / "RAPPORT.pdf")
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draft", action="store_true", help="«à mesurer» for what is missing; needs --out")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the report (else the tree)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench" / "results", help="folder of the result files")
    parser.add_argument("--logs", type=pathlib.Path, default=ROOT, help="folder that the paths of logs begin at")
    options = parser.parse_args()
    if options.draft and not options.out:
        parser.error("a draft is not for the tree: give --out")
    out = options.out or ROOT
    out.mkdir(parents=True, exist_ok=True)
    results = build(options.results, options.logs, out, options.draft)
    for line in results.missing():
        print(line, file=sys.stderr)
    print(out / "RAPPORT.pdf")


if __name__ == "__main__":
    main()
