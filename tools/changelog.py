#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`changelog.py VERSION [DATE]` moves the fragments of changelog.d into a new section of CHANGELOG.md."""
import datetime
import pathlib
import sys

KINDS = ("added", "changed", "fixed", "removed", "security")


def section(version, date, fragments):
    """The text of a release from {file name: text}."""
    lines = [f"## {version} – {date}"]
    for kind in KINDS:
        entries = [text for name, text in sorted(fragments.items()) if name.endswith(f".{kind}.md")]
        if entries:
            lines += ["", f"### {kind.capitalize()}", ""]
            lines += ["- " + "\n  ".join(text.strip().splitlines()) for text in entries]
    return "\n".join(lines) + "\n"


def release(root, version, date):
    files = [f for f in (root / "changelog.d").glob("*.md") if f.name != "README.md"]
    strange = [f.name for f in files if f.suffixes[-2:-1] not in [["." + kind] for kind in KINDS]]
    if strange:
        sys.exit(f"changelog.d: {', '.join(strange)}: names end in .<kind>.md, kind one of {', '.join(KINDS)}")
    if not files:
        sys.exit("changelog.d: no fragments, nothing to release")
    path = root / "CHANGELOG.md"
    head, mark, rest = path.read_text().partition("\n## ")
    new = section(version, date, {f.name: f.read_text() for f in files})
    path.write_text(head.rstrip("\n") + "\n\n" + new + (mark + rest if mark else ""))
    for file in files:
        file.unlink()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(f"usage: {sys.argv[0]} VERSION [DATE]")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    release(pathlib.Path(__file__).resolve().parents[1], sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else today)
