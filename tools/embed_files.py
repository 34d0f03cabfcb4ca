#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns files into a source: `embed_files.py ROOT OUT.cpp FILE…` defines fleet::devcluster::embedded_files().

Each file is named by its path from ROOT. The same files give the same bytes.
"""
import pathlib
import sys

HEAD = """\
// SPDX-License-Identifier: Apache-2.0
#include "devcluster/embedded.hpp"

namespace fleet::devcluster {

std::span<const EmbeddedFile> embedded_files() noexcept {
    static constexpr EmbeddedFile kFiles[] = {
"""
TAIL = """\
    };
    return kFiles;
}

}  // namespace fleet::devcluster
"""
# A compiler need not take longer literals; neighbours are joined.
PIECE = 8000


def literal(text):
    if ')file"' in text:
        sys.exit("a file holds the end of a raw string literal")
    pieces = [text[at:at + PIECE] for at in range(0, len(text), PIECE)] or [""]
    return "\n".join(f'R"file({piece})file"' for piece in pieces)


def main(root, out, files):
    rows = [f'        {{"{file.relative_to(root).as_posix()}", {literal(file.read_text())}}},\n' for file in sorted(files)]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(HEAD + "".join(rows) + TAIL)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(f"usage: {sys.argv[0]} ROOT OUT.cpp FILE…")
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), [pathlib.Path(name) for name in sys.argv[3:]])
