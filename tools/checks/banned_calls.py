# SPDX-License-Identifier: Apache-2.0
"""Calls that have a better replacement here do not come back.

One place may say why it is different: `// NOLINT(fleet-banned-call): reason` on the line or the line before.
"""
import fnmatch
import re

from tree import SOURCE_SUFFIXES, code_only

TESTS = ("*_test.cpp", "*_testing.hpp", "tests/*", "src/store/contract/*")
BENCHES = ("*_bench.cpp",)
EXCUSE = re.compile(r"//\s*NOLINT\(fleet-banned-call\): \S")

# pattern, where it is allowed all the same, what to use instead and why
RULES = [
    (r"\bstd::sto(i|l|ll|ul|ull|f|d|ld)\s*\(|\b(atoi|atol|atoll|atof|strto(l|ll|ul|ull|f|d|ld|imax|umax))\s*\(", TESTS,
     "std::from_chars: the others throw, depend on the locale or hide an error"),
    (r"\b(sprintf|vsprintf|strcpy|strcat|gets)\s*\(", (), "fmt::format: these write past the end"),
    (r"\bstrtok\s*\(", (), "split string_views: strtok keeps a global state"),
    (r"(?<![\w.>:])(std::)?system\s*\(|\bpopen\s*\(", (), "no shell: a name in its argument becomes a command"),
    (r"(?<![\w.>])(std::)?s?rand\s*\(", (), "a seeded std::mt19937_64 that the caller passes in"),
    (r"\bstd::random_device\b", ("src/base/*", "src/server/*"), "a seed from outside, so that a failure can be repeated"),
    (r"\bsleep_(for|until)\s*\(|(?<![\w.>])u?sleep\s*\(", ("src/app/*",), "wait for a state with a deadline, not for a time"),
    (r"\.detach\s*\(\s*\)", (), "keep the thread and join it"),
    (r"\bsystem_clock::now\b|(?<![\w.>])(std::)?time\s*\(\s*(0|NULL|nullptr)\s*\)|\bgettimeofday\s*\(",
     ("src/base/time.cpp",), "fleet::Clock, which a test can move"),
    (r"(?<![\w.>])(std::)?(printf|puts|putchar)\s*\(|\bstd::(cout|cerr|clog)\b",
     ("src/app/*", *BENCHES, "tests/*"), "the log of base/, or a value for the caller: only the command line prints"),
    (r"\bScopeForTests\b", ("src/model/scope.hpp", *TESTS, *BENCHES),
     "the scope of the caller: only the gate and the local operator make one (I12)"),
    (r"\bassert\s*\(", (), "FLEET_CHECK, which stays on in release builds"),
    (r"\b(reinterpret_cast\s*<\s*std::(string_view|span))", (), "build the view from pointer and size"),
    (r"\bstd::(localtime|gmtime|mktime|asctime|ctime)\b|(?<![\w.>:])(localtime|gmtime|mktime)\s*\(", (),
     "base/time.hpp: those share a static buffer or read the zone of the machine"),
    (r"\bvolatile\b", (*BENCHES,), "std::atomic"),
    (r"\bstd::regex\b", (), "a hand-written scan: std::regex recurses over the input"),
    (r"(?<![\w.>:])exit\s*\(|\bstd::(exit|quick_exit)\s*\(", ("src/app/*", *BENCHES), "return an Error: main() decides how to end"),
]


def check(tree):
    for path in tree.paths():
        if not path.startswith(("src/", "tests/")) or not path.endswith(SOURCE_SUFFIXES):
            continue
        text = tree.text(path)
        code = code_only(text)
        lines = text.splitlines()
        for pattern, allowed, instead in RULES:
            if any(fnmatch.fnmatch(path, glob) for glob in allowed):
                continue
            for match in re.finditer(pattern, code):
                line = code.count("\n", 0, match.start()) + 1
                if any(EXCUSE.search(near) for near in lines[max(0, line - 2):line]):
                    continue
                yield f"{path}:{line}: {match.group().strip()} → {instead}"
