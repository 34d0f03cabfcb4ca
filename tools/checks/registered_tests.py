# SPDX-License-Identifier: Apache-2.0
"""Every test runs: C++ tests and fuzz targets are compiled, fuzz targets have a corpus, scripts and specs have a runner,
named faults have a canary.

Needs a configured build with tests (its compile_commands.json).
"""
import fnmatch
import json
import posixpath
import re

# A file whose name says that it is a test, and which file must name it (or match it with its include patterns).
SCRIPTS = re.compile(r"^(tests|web|tools|bench)/.*(_test\.(py|sh|mjs)|\.(test|spec)\.(ts|tsx|mjs))$")
FAULT = re.compile(r'FLEET_FAULT\("(\w+)"\)')
RUNNER = re.compile(r"(^|/)(CMakeLists\.txt|run|\w+\.config\.ts)$|^dev$")
ROOT = re.compile(r"""root:\s*\w+\(['"]([^'"]+)['"]\)""")   # of a vitest configuration, from its own folder
PATTERN = re.compile(r"""['"]([^'"\s]*\*[^'"\s]*)['"]""")


def compiled(tree, build):
    commands = build / "compile_commands.json"
    if not commands.is_file():
        return None
    root = tree.root.resolve().as_posix() + "/"
    return {entry["file"].removeprefix(root) for entry in json.loads(commands.read_text())}


def check(tree, build):
    paths = tree.paths()
    targets = compiled(tree, build)
    if targets is None:
        yield f"{build} has no compile_commands.json: configure it first (cmake --preset release)"
        return
    for path in paths:
        if path.endswith(("_test.cpp", "_fuzz.cpp")) and path not in targets:
            yield f"{path} is in no target: name its folder in src/CMakeLists.txt or its file in tests/CMakeLists.txt"
        if path.endswith("_fuzz.cpp"):
            corpus = f"tests/corpus/{path.rsplit('/', 1)[-1].removesuffix('.cpp')}/"
            if not any(p.startswith(corpus) for p in paths):
                yield f"{path}: no input in {corpus}"
    runners = {p: tree.text(p) for p in paths if RUNNER.search(p)}
    for path in filter(SCRIPTS.match, paths):
        if not any(runs(runner, text, path) for runner, text in runners.items()):
            yield f"{path} is started by no CMakeLists.txt, run script or vitest configuration"
    for path in paths:
        # A fault test sets a scene and is a program; what it shares with others is a module.
        if re.match(r"tests/fault/\w+\.py$", path) and "scene.Scene(" in tree.text(path):
            if f'"{posixpath.basename(path)}"' not in runners.get("tests/fault/run", ""):
                yield f"{path} is not in the list of tests/fault/run"
    canaries = tree.text("tests/CMakeLists.txt") if "tests/CMakeLists.txt" in paths else ""
    fault_tests = "".join(tree.text(p) for p in paths if p.startswith("tests/fault/") and p.endswith(".py"))
    for path in paths:
        if path.startswith("src/") and path.endswith(".cpp") and not path.endswith("_test.cpp"):
            for fault in FAULT.findall(tree.text(path)):
                if f"fleet_canary({fault} " not in canaries and f'"{fault}"' not in fault_tests:
                    yield f"{path}: the fault {fault} has no fleet_canary() in tests/CMakeLists.txt and no use in tests/fault"


def runs(runner, text, path):
    """Whether a runner names the file, by its path from the runner's folder or by a pattern."""
    folder = runner.rpartition("/")[0]
    if root := ROOT.search(text):
        folder = posixpath.normpath(posixpath.join(folder, root.group(1)))
    text = text.replace("${PROJECT_SOURCE_DIR}/" + path, path).replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
    if re.search(rf"(?<![\w/.-]){re.escape(path)}(?![\w.-])", text):
        return True
    if folder and not path.startswith(folder + "/"):
        return False
    relative = path.removeprefix(folder + "/") if folder else path
    if re.search(rf"(?<![\w/.-]){re.escape(relative)}(?![\w.-])", text):
        return True
    # In these patterns ** spans folders, also none.
    globs = [g for pattern in PATTERN.findall(text) for g in (pattern, pattern.replace("**/", ""))]
    return any(fnmatch.fnmatchcase(relative, g) for g in globs)
