#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs checks of the tree: `run.py [--root FOLDER] [--build FOLDER] CHECK…`. Prints what is wrong; exit 1 if anything is."""
import argparse
import pathlib
import sys

import banned_calls
import dependencies
import docs_paths
import file_length
import layers
import registered_tests
import spdx
from tree import Tree

TOP = pathlib.Path(__file__).resolve().parents[2]


def checks(build):
    return {
        "layers": layers.check,
        "registered_tests": lambda tree: registered_tests.check(tree, build),
        "banned_calls": banned_calls.check,
        "docs_paths": docs_paths.check,
        "dependencies": dependencies.check,
        "spdx": spdx.check,
        "file_length": file_length.check,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, default=TOP)
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build")
    parser.add_argument("check", nargs="+", choices=list(checks(None)))
    options = parser.parse_args()
    tree = Tree(options.root.resolve())
    problems = 0
    for name in options.check:
        for problem in checks(options.build)[name](tree):
            print(problem)
            problems += 1
    if problems:
        sys.exit(f"{problems} problem{'s' if problems > 1 else ''} found by: {' '.join(options.check)}")


if __name__ == "__main__":
    main()
