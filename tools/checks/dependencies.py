# SPDX-License-Identifier: Apache-2.0
"""docs/dependencies.md has a row for each package that the build takes, and for no other."""
import json
import re
import tomllib

DOCUMENT = "docs/dependencies.md"
PACKAGES = "tools/packages.txt"
NPM = "web/package.json"
CARGO = "src/cql/bridge/Cargo.toml"


def check(tree):
    paths = tree.paths()
    used = {}
    if PACKAGES in paths:
        used.update({name: PACKAGES for name in tree.text(PACKAGES).split()})
    if NPM in paths:
        manifest = json.loads(tree.text(NPM))
        for kind in ("dependencies", "devDependencies"):
            used.update({name: NPM for name in manifest.get(kind, {})})
    if CARGO in paths:
        used.update({name: CARGO for name in tomllib.loads(tree.text(CARGO))["dependencies"]})
    rows = (line.split("|")[1] for line in tree.text(DOCUMENT).splitlines() if line.startswith("|"))
    described = {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}
    for name in sorted(set(used) - described):
        yield f"{used[name]}: {name} has no row in {DOCUMENT}"
    for name in sorted(described - set(used)):
        yield f"{DOCUMENT}: {name} is used by neither {PACKAGES} nor {NPM} nor {CARGO}"
