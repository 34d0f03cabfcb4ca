#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a folder of web files into sources: `embed_web.py FOLDER OUT` writes assets.bin, assets.S and assets.cpp.

The same files give the same bytes. A file type without a known content type is an error, because a browser would
refuse it at run time.
"""
import gzip
import hashlib
import json
import pathlib
import sys

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".geojson": "application/geo+json",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".topojson": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
NOT_SHIPPED = {".map"}
# A gzip body must be worth its header and the browser's work.
WORTH_IT = 0.9

ASSEMBLY = """\
/* SPDX-License-Identifier: Apache-2.0 */
    .section .rodata
    .balign 16
    .global fleet_web_bytes
    .hidden fleet_web_bytes
fleet_web_bytes:
    .incbin "assets.bin"
    .byte 0
    .section .note.GNU-stack,"",%progbits
"""

TABLE = """\
// SPDX-License-Identifier: Apache-2.0
#include "server/assets.hpp"

extern "C" __attribute__((visibility("hidden"))) const char fleet_web_bytes[];

namespace fleet::server {

std::span<const Asset> embedded_assets() noexcept {
%s
}

}  // namespace fleet::server
"""


def shipped_files(folder):
    files = [f for f in folder.rglob("*") if f.is_file() and f.suffix not in NOT_SHIPPED]
    return sorted(files, key=lambda f: f.relative_to(folder).as_posix().encode())


def main(folder, out):
    blob = bytearray()
    rows = []

    def place(data):
        view = f"{{fleet_web_bytes + {len(blob)}, {len(data)}}}" if data else "{}"
        blob.extend(data)
        return view

    for file in shipped_files(folder):
        if file.suffix not in CONTENT_TYPES:
            sys.exit(f"{file}: no content type for '{file.suffix}'; add one to {sys.argv[0]}")
        body = file.read_bytes()
        packed = gzip.compress(body, 9, mtime=0)
        etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        strings = ("/" + file.relative_to(folder).as_posix(), CONTENT_TYPES[file.suffix], etag)
        small = packed if len(packed) < WORTH_IT * len(body) else b""
        fields = [json.dumps(text) for text in strings] + [place(body), place(small)]
        rows.append("        {" + ", ".join(fields) + "},")

    lines = "    static const Asset kAssets[] = {\n" + "\n".join(rows) + "\n    };\n    return kAssets;"
    out.mkdir(parents=True, exist_ok=True)
    (out / "assets.bin").write_bytes(blob)
    (out / "assets.S").write_text(ASSEMBLY)
    (out / "assets.cpp").write_text(TABLE % (lines if rows else "    return {};"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} FOLDER OUT")
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
