# SPDX-License-Identifier: Apache-2.0
"""A file that grew too long is two files. tools/long_files.toml names the exceptions and why."""
import tomllib

LIMITS = {".cpp": 600, ".hpp": 600, ".py": 600, ".sh": 600, ".cmake": 600, ".rs": 600, ".ts": 400, ".tsx": 400, ".css": 600}
ALLOWED = "tools/long_files.toml"


def check(tree):
    paths = tree.paths()
    allowed = tomllib.loads(tree.text(ALLOWED)) if ALLOWED in paths else {}
    long = set()
    for path in paths:
        limit = next((n for suffix, n in LIMITS.items() if path.endswith(suffix)), None)
        if limit is None:
            continue
        lines = tree.text(path).count("\n")
        if lines > limit:
            long.add(path)
            if path not in allowed:
                yield f"{path}: {lines} lines, at most {limit}; split it, or give the reason in {ALLOWED}"
    for path in sorted(set(allowed) - long):
        yield f"{ALLOWED}: {path} is not too long (any more)"
