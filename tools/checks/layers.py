# SPDX-License-Identifier: Apache-2.0
"""Every #include keeps to tools/layers.toml."""
import fnmatch
import re
import tomllib

from tree import SOURCE_SUFFIXES, includes

TEST_FILE = re.compile(r"_(test|bench|fuzz)\.cpp$|_testing\.(hpp|cpp)$")
TEST_ROOMS = ("store/contract",)


def room_of(path, rooms):
    """The room of "room/[sub/]file": the longest name that fits, or None."""
    folder = path.rsplit("/", 1)[0] if "/" in path else ""
    while folder:
        if folder in rooms:
            return folder
        folder = folder.rsplit("/", 1)[0] if "/" in folder else ""
    return None


def reach(path, prefix, direct, seen=None):
    """Whether a file of src/ includes a header of this prefix, itself or through our headers."""
    seen = set() if seen is None else seen
    if path in seen:
        return False
    seen.add(path)
    names = direct.get(path, [])
    return any(not quoted and name.startswith(prefix) or quoted and reach("src/" + name, prefix, direct, seen)
               for _, name, quoted in names)


def check(tree):
    table = tomllib.loads(tree.text("tools/layers.toml"))
    rooms = table["rooms"]
    sources = [p for p in tree.paths() if p.startswith(("src/", "tests/")) and p.endswith(SOURCE_SUFFIXES)]
    direct = {path: list(includes(tree.text(path))) for path in sources}

    for path in sources:
        room = room_of(path.removeprefix("src/"), rooms) if path.startswith("src/") else None
        if path.startswith("src/") and room is None:
            yield f"{path}: this folder is no room of tools/layers.toml"
            continue
        for line, name, quoted in direct[path]:
            where = f"{path}:{line}"
            if quoted and room is not None:
                yield from check_room(where, path, name, room, rooms)
            elif not quoted:
                yield from check_header(where, path, name, room, table)

    for rule in table["headers"]:
        if "at_most" in rule:
            heavy = [p for p in sources if p.endswith(".cpp") and reach(p, rule["prefix"], direct)]
            if len(heavy) > rule["at_most"]:
                yield (f"{len(heavy)} files reach <{rule['prefix']}…>, at most {rule['at_most']} may "
                       f"({rule['because']}): {', '.join(heavy)}")


def check_room(where, path, name, room, rooms):
    target = room_of(name, rooms)
    if target is None:
        yield f'{where}: "{name}" names no room; includes start at src/'
        return
    allowed = rooms[room]["include"] + [room]
    if TEST_FILE.search(path):
        allowed = allowed + rooms[room].get("test_include", [])
    if name.endswith("_testing.hpp") and not TEST_FILE.search(path) and room not in TEST_ROOMS:
        yield f'{where}: "{name}" is for tests only'
    if target not in allowed and name not in allowed:
        yield f'{where}: {room} may not include "{name}" (tools/layers.toml)'


def check_header(where, path, name, room, table):
    for rule in table["headers"]:
        if name.startswith(rule["prefix"]) and not any(fnmatch.fnmatch(path, g) for g in rule["only"]):
            yield f"{where}: <{name}> may stand in {' '.join(rule['only'])} only: {rule['because']}"
            break
    pure = table["pure"]
    if room in pure["rooms"] and not TEST_FILE.search(path):
        if any(name == f or f.endswith("/") and name.startswith(f) for f in pure["forbidden"]):
            yield f"{where}: <{name}> in {room}, which does no I/O and knows no clock and no thread"
