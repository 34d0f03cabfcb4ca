# SPDX-License-Identifier: Apache-2.0
"""Every source file names its licence in its first lines."""

SUFFIXES = (".cpp", ".hpp", ".c", ".h", ".rs", ".java", ".py", ".sh", ".cmake", ".ts", ".tsx", ".mjs", ".css", ".cql")
NAMES = ("CMakeLists.txt", "dev", ".ci/run", "run")
LINE = "SPDX-License-Identifier: Apache-2.0"


def check(tree):
    for path in tree.paths():
        name = path.rsplit("/", 1)[-1]
        if path.endswith(SUFFIXES) or name in NAMES or path in NAMES:
            head = tree.text(path).split("\n", 3)[:3]
            if not any(LINE in line for line in head):
                yield f"{path}: no '{LINE}' in the first three lines"
