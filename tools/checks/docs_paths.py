# SPDX-License-Identifier: Apache-2.0
"""What the documents name exists: relative links with their headings, paths and tests in `code`, and verbs of ./dev."""
import fnmatch
import posixpath
import re

# Made by a build or a run, so not in the tree.
GENERATED = ("build/", "build-", "web/dist", "web/node_modules", "fleet-data", "cassandra/dev/target")
PLACEHOLDER = re.compile(r"(^|/)x[_.]|^(?:fleet|rules)\.toml$")   # as in x_test.cpp, and files of the user
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
DEV = re.compile(r"(?<![\w/])\./dev(?:[ \t]+([a-z][\w-]*))?")
PATH = re.compile(r"^(?:\./)?[\w.*-]+(?:/[\w.*-]+)*/?$")
TEST_NAME = re.compile(r"^[A-Z]\w+\.(?:[A-Z]\w+|\*)$")
TEST_CASE = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
SCHEME = re.compile(r"^[a-z]+:")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SOURCE_NAME = re.compile(r"^[\w-]+\.(?:hpp|cpp|py|ts|tsx|cmake|toml)$")


def is_document(path):
    return path.endswith(".md") and not path.startswith(("tests/golden/", "tests/corpus/"))


def check(tree):
    paths = tree.paths()
    files = set(paths)
    folders = {parent for path in paths for parent in parents(path)}
    names = {path.rsplit("/", 1)[-1] for path in paths}
    verbs = set(re.findall(r"^cmd_(\w+)\(\)", tree.text("dev"), re.MULTILINE)) if "dev" in files else set()

    tests = set()
    for path in paths:
        if path.endswith(".cpp"):
            for suite, case in TEST_CASE.findall(tree.text(path)):
                tests |= {f"{suite}.{case}", f"{suite}.*"}

    def exists(path):
        path = path.removeprefix("./").rstrip("/")
        if path.startswith(GENERATED):
            return True
        if "*" in path:
            return any(fnmatch.fnmatch(p, path) for p in files)
        return path in files or path in folders

    def is_path(token):
        """A token that means a file or folder of this tree, relative to its top or to src/."""
        first = token.removeprefix("./").split("/")[0]
        return PATH.match(token) and "/" in token.rstrip("/") and (first in folders or "src/" + first in folders)

    for document in filter(is_document, paths):
        text = tree.text(document)
        here = posixpath.dirname(document)
        prose = FENCE.sub(lambda m: "\n" * m.group().count("\n"), text)

        for match in LINK.finditer(prose):
            target, _, heading = match.group(1).partition("#")
            if SCHEME.match(target):
                continue
            path = posixpath.normpath(posixpath.join(here, target)) if target else document
            if target and not exists(path):
                yield f"{place(document, prose, match)}: link to {target}, which does not exist"
            elif heading and path in files and path.endswith(".md") and heading not in headings(tree.text(path)):
                yield f"{place(document, prose, match)}: {path} has no heading #{heading}"
        for match in SPAN.finditer(prose):
            tokens = match.group(1).split()
            for before, token in zip(["", *tokens], tokens):
                token = token.rstrip(",;:")
                if PLACEHOLDER.search(token) or before == ">":   # what a command writes need not be there
                    continue
                if is_path(token):
                    near = posixpath.join(here, token)
                    if not any(exists(p) for p in (token, "src/" + token.removeprefix("./"), near)):
                        yield f"{place(document, prose, match)}: {token} does not exist"
                elif TEST_NAME.match(token) and token not in tests:
                    yield f"{place(document, prose, match)}: there is no test {token}"
                elif SOURCE_NAME.match(token) and token not in names:
                    yield f"{place(document, prose, match)}: there is no file {token}"
        for match in DEV.finditer(text):
            if match.group(1) and match.group(1) not in verbs:
                yield f"{place(document, text, match)}: ./dev has no verb '{match.group(1)}'"


def headings(text):
    """The anchors of a document, as forges make them from its headings."""
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in HEADING.findall(FENCE.sub("", text))}


def parents(path):
    while "/" in path:
        path = path.rsplit("/", 1)[0]
        yield path


def place(document, text, match):
    line = text.count("\n", 0, match.start()) + 1
    return f"{document}:{line}"
