# SPDX-License-Identifier: Apache-2.0
"""What the checks share: the files of a tree and the text of C++ without comments and strings."""
import os
import re
import subprocess

SOURCE_SUFFIXES = (".cpp", ".hpp")


class Tree:
    """A folder to check. In a git work tree only files that git tracks or would add count."""

    def __init__(self, root):
        self.root = root

    def paths(self):
        if (self.root / ".git").exists():
            command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            listing = subprocess.run(command, cwd=self.root, check=True, capture_output=True).stdout
            found = {name for name in listing.decode().split("\0") if name}
        else:
            found = set()
            for folder, _, names in os.walk(self.root):
                for name in names:
                    found.add(os.path.relpath(os.path.join(folder, name), self.root))
        return sorted(path for path in found if (self.root / path).is_file())

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")


_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def code_only(text):
    """C++ source with comments and literals blanked; line numbers stay."""
    return _CODE.sub(lambda match: "\n" * match.group().count("\n") + '""', text)


def includes(text):
    """(line number, name, whether in quotes) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'
