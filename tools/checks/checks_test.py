#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each check can fail: small trees with one thing wrong, and one with nothing wrong."""
import json
import pathlib
import tempfile
import unittest

import banned_calls
import dependencies
import docs_paths
import file_length
import layers
import registered_tests
import spdx
from tree import Tree, code_only

LAYERS = """
[rooms.base]
include = []
[rooms.model]
include = ["base"]
[rooms.engine]
include = ["base", "model"]
[rooms.live]
include = ["base", "engine/engine.hpp"]
test_include = ["engine"]
[rooms.server]
include = ["base", "live"]
[rooms."store/local"]
include = ["engine"]
[[headers]]
prefix = "rocksdb/"
only = ["src/engine/*.cpp"]
because = "tables"
[[headers]]
prefix = "boost/beast"
only = ["src/server/*"]
at_most = 1
because = "slow"
[pure]
rooms = ["model"]
forbidden = ["thread", "sys/"]
"""


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems(self, check, *arguments):
        return list(check(Tree(self.root), *arguments))

    def assert_found(self, problems, *parts):
        self.assertEqual(len(problems), 1, problems)
        for part in parts:
            self.assertIn(part, problems[0])


class Layers(CheckTest):
    def setUp(self):
        super().setUp()
        self.write("tools/layers.toml", LAYERS)

    def check(self):
        return self.problems(layers.check)

    def test_allows_what_the_table_allows(self):
        self.write("src/engine/a.cpp", '#include "engine/a.hpp"\n#include "model/b.hpp"\n#include <rocksdb/db.h>\n')
        self.write("src/live/l.cpp", '#include "engine/engine.hpp"\n')
        self.write("src/live/l_test.cpp", '#include "engine/head.hpp"\n#include <thread>\n')
        self.write("src/store/local/r.cpp", '#include "engine/head.hpp"\n')
        self.assertEqual(self.check(), [])

    def test_finds_an_upward_include(self):
        self.write("src/model/a.hpp", '\n#include "engine/b.hpp"\n')
        self.assert_found(self.check(), "src/model/a.hpp:2", "engine/b.hpp")

    def test_finds_more_than_the_interface(self):
        self.write("src/live/l.cpp", '#include "engine/head.hpp"\n')
        self.assert_found(self.check(), "live may not include")

    def test_finds_a_folder_that_is_no_room(self):
        self.write("src/utils/a.cpp")
        self.assert_found(self.check(), "src/utils/a.cpp", "no room")

    def test_finds_an_include_that_names_no_room(self):
        self.write("src/model/a.cpp", '#include "record.hpp"\n')
        self.assert_found(self.check(), "names no room")

    def test_finds_rocksdb_outside_the_engine_and_in_its_headers(self):
        self.write("src/live/l.cpp", "#include <rocksdb/db.h>\n")
        self.assert_found(self.check(), "rocksdb/db.h")
        self.write("src/live/l.cpp")
        self.write("src/engine/tables.hpp", "#include <rocksdb/db.h>\n")
        self.assert_found(self.check(), "src/engine/tables.hpp:1")

    def test_counts_beast_through_headers(self):
        self.write("src/server/c.hpp", "#include <boost/beast/http.hpp>\n")
        self.write("src/server/a.cpp", '#include "server/c.hpp"\n')
        self.assertEqual(self.check(), [])
        self.write("src/server/b.cpp", '#include "server/c.hpp"\n')
        self.assert_found(self.check(), "2 files reach <boost/beast", "a.cpp, src/server/b.cpp")

    def test_finds_a_thread_in_a_pure_room(self):
        self.write("src/model/a.cpp", "#include <thread>\n")
        self.assert_found(self.check(), "<thread> in model")
        self.write("src/model/a.cpp", "#include <sys/stat.h>\n")
        self.assert_found(self.check(), "<sys/stat.h> in model")

    def test_finds_test_support_in_production_code(self):
        self.write("src/engine/a.cpp", '#include "engine/a_testing.hpp"\n')
        self.assert_found(self.check(), "for tests only")
        self.write("src/engine/a.cpp")
        self.write("src/engine/a_test.cpp", '#include "engine/a_testing.hpp"\n')
        self.assertEqual(self.check(), [])


class BannedCalls(CheckTest):
    def check(self):
        return self.problems(banned_calls.check)

    def test_finds_each_of_them(self):
        for line in ("int x = std::stoi(s);", "double d = atof(s);", "sprintf(b, f);", "strtok(s, t);", "system(s);",
                     "std::system(s);", "int r = rand();", "std::srand(1);", "t.detach();", "std::random_device d;",
                     "std::this_thread::sleep_for(d);", "auto n = std::chrono::system_clock::now();", "time(nullptr);",
                     "std::printf(f);", "std::cout << 1;", "ScopeForTests::everything();", "assert(x);",
                     "localtime(&t);", "volatile int v;", "std::regex r;", "std::exit(1);"):
            with self.subTest(line):
                self.write("src/model/a.cpp", "\n" + line + "\n")
                self.assert_found(self.check(), "src/model/a.cpp:2", "→")

    def test_leaves_names_comments_and_text_alone(self):
        self.write("src/model/a.cpp", '// std::stoi(s) would throw\nauto s = "rand()"; /* system(x) */\nr.time(0);\n'
                   "fsystem(x); file_system(x); p->rand(); static_assert(true); fprintf(stderr, f);\n"
                   "auto n = 1'000'000; exec.printf(x); snprintf(b, n, f); auto q = '\"'; operand(1);\n")
        self.assertEqual(self.check(), [])

    def test_knows_where_a_call_is_in_place(self):
        self.write("src/base/time.cpp", "std::chrono::system_clock::now();")
        self.write("src/model/a_test.cpp", "ScopeForTests::everything();")
        self.write("src/app/main.cpp", "std::puts(s);")
        self.assertEqual(self.check(), [])

    def test_accepts_an_excuse_only_with_a_reason(self):
        self.write("src/model/a.cpp", "sleep_for(d);  // NOLINT(fleet-banned-call): a fault of the canary\n")
        self.assertEqual(self.check(), [])
        self.write("src/model/a.cpp", "sleep_for(d);  // NOLINT(fleet-banned-call)\n")
        self.assert_found(self.check(), "sleep_for")


class CodeOnly(unittest.TestCase):
    def test_keeps_lines_and_drops_text(self):
        self.assertEqual(code_only('a /* x\ny */ b // c\n"d\\"e" f'), 'a \n"" b ""\n"" f')
        self.assertNotIn("rand", code_only('R"x(rand() " )x" + \'"\' + "rand()"'))


class DocsPaths(CheckTest):
    def setUp(self):
        super().setUp()
        self.write("dev", "cmd_build() {\n}\n")
        self.write("src/model/record.hpp")
        self.write("docs/guide.md", "# x\n")

    def check(self, text, document="README.md"):
        self.write(document, text)
        return self.problems(docs_paths.check)

    def test_allows_what_exists(self):
        self.assertEqual(self.check("[a](docs/guide.md#x) [b](https://example.org) `src/model/record.hpp` `model/`\n"
                                    "`record.hpp` `src/*/*.hpp` `build/fleet` `application/json` `./dev build`\n"), [])
        self.assertEqual(self.check("# x\n[up](../README.md) `../README.md`", "docs/guide.md"), [])

    def test_finds_a_dead_link(self):
        self.assert_found(self.check("\n[a](docs/gone.md)"), "README.md:2", "docs/gone.md")

    def test_finds_a_dead_heading(self):
        self.write("docs/other.md", "## What fails, and *what* then\n```\n# no heading\n```\n")
        self.assertEqual(self.check("[a](docs/other.md#what-fails-and-what-then)"), [])
        self.assert_found(self.check("[a](docs/other.md#no-heading)"), "docs/other.md has no heading #no-heading")
        self.assert_found(self.check("# Here\n[a](#there)"), "README.md has no heading #there")

    def test_what_a_command_writes_need_not_be_there(self):
        self.assertEqual(self.check("`./dev build > docs/out.json`"), [])
        self.assert_found(self.check("`./dev build < docs/in.json`"), "docs/in.json")

    def test_finds_a_dead_path(self):
        self.assert_found(self.check("see `src/model/gone.hpp`"), "src/model/gone.hpp")
        self.assert_found(self.check("see `model/gone.hpp`"), "model/gone.hpp")
        self.assert_found(self.check("see `gone.hpp`"), "gone.hpp")
        self.assert_found(self.check("see `src/*/*.rs`"), "*.rs")

    def test_finds_a_test_that_no_longer_exists(self):
        self.write("src/model/record_test.cpp", "TEST(Merge, IsCommutative) {}\nTEST_P(Kill,\n       LosesNothing) {}\n")
        self.assertEqual(self.check("`Merge.IsCommutative` and `Kill.LosesNothing`, also `Merge.*`"), [])
        self.assert_found(self.check("`Merge.IsAssociative`"), "no test Merge.IsAssociative")
        self.assert_found(self.check("`Sort.*`"), "no test Sort.*")

    def test_finds_an_unknown_verb(self):
        self.assert_found(self.check("```\n./dev fly\n```\n"), "README.md:2", "'fly'")


class Dependencies(CheckTest):
    def test_compares_both_ways(self):
        self.write("tools/packages.txt", "cmake\ng++\n")
        self.write("web/package.json", '{"devDependencies": {"@types/ws": "1"}}')
        self.write("docs/dependencies.md", "`no-row` is prose\n| `cmake`, `g++` | `why` |\n| `@types/ws` | |\n")
        self.assertEqual(self.problems(dependencies.check), [])
        self.write("docs/dependencies.md", "| `cmake` | |\n| `@types/ws` | |\n")
        self.assert_found(self.problems(dependencies.check), "g++ has no row")
        self.write("docs/dependencies.md", "| `cmake`, `g++`, `ninja-build`, `@types/ws` | |\n")
        self.assert_found(self.problems(dependencies.check), "ninja-build is used by neither")

    def test_finds_a_crate_without_a_row(self):
        self.write("docs/dependencies.md", "| `tokio` | |\n")
        self.write("src/cql/bridge/Cargo.toml", '[dependencies]\nscylla = { version = "1" }\ntokio = "1"\n')
        self.assert_found(self.problems(dependencies.check), "scylla has no row")


class RegisteredTests(CheckTest):
    def check(self, *compiled):
        self.write("build/compile_commands.json",
                   json.dumps([{"file": str(self.root.resolve() / path)} for path in compiled]))
        return [p for p in self.problems(registered_tests.check, self.root / "build") if not p.startswith("build/")]

    def test_finds_a_test_in_no_target(self):
        self.write("src/model/a_test.cpp")
        self.assertEqual(self.check("src/model/a_test.cpp"), [])
        self.assert_found(self.check(), "src/model/a_test.cpp", "no target")

    def test_finds_a_fuzz_target_without_corpus(self):
        self.write("src/codec/a_fuzz.cpp")
        self.assert_found(self.check("src/codec/a_fuzz.cpp"), "tests/corpus/a_fuzz/")
        self.write("tests/corpus/a_fuzz/one", "x")
        self.assertEqual(self.check("src/codec/a_fuzz.cpp"), [])

    def test_finds_a_script_that_nothing_starts(self):
        self.write("tests/fault/kill_test.py")
        self.write("tests/fault/run", "python3 other_kill_test.py\n")
        self.assert_found(self.check(), "tests/fault/kill_test.py")
        self.write("tests/fault/run", "python3 kill_test.py\n")
        self.assertEqual(self.check(), [])

    def test_finds_a_spec_outside_the_patterns(self):
        self.write("web/vite.config.ts", "include: ['src/**/*.test.ts']")
        self.write("web/src/a.test.ts")
        self.write("web/src/map/b.test.ts")
        self.assertEqual(self.check(), [])
        self.write("web/src/map/c.spec.ts")
        self.assert_found(self.check(), "web/src/map/c.spec.ts")

    def test_knows_the_root_of_a_vitest_configuration(self):
        self.write("web/e2e.config.ts", "root: here('../tests/e2e'), include: ['**/*.test.ts']")
        self.write("tests/e2e/page.test.ts")
        self.assertEqual(self.check(), [])
        self.write("tests/e2e/page.spec.ts")
        self.assert_found(self.check(), "page.spec.ts")

    def test_finds_a_fault_test_that_is_not_listed(self):
        self.write("tests/fault/power.py", "with scene.Scene(options) as stage:")
        self.write("tests/fault/run", 'TESTS = {"kill9.py": 1}')
        self.assert_found(self.check(), "tests/fault/power.py")
        self.write("tests/fault/run", 'TESTS = {"power.py": 1}')
        self.assertEqual(self.check(), [])

    def test_finds_a_fault_without_canary(self):
        self.write("src/engine/head.cpp", 'if (FLEET_FAULT("drop_it")) return;\n')
        self.write("tests/CMakeLists.txt", "fleet_canary(drop_it_all engine_test Engine.*)\n")
        self.assert_found(self.check(), "drop_it has no fleet_canary")
        self.write("tests/CMakeLists.txt", "fleet_canary(drop_it engine_test Engine.*)\n")
        self.assertEqual(self.check(), [])

    def test_needs_a_configured_build(self):
        self.assert_found(self.problems(registered_tests.check, self.root / "nowhere"), "configure it first")


class Spdx(CheckTest):
    def test_finds_a_missing_line(self):
        self.write("src/a.cpp", "// SPDX-License-Identifier: Apache-2.0\n")
        self.write("dev", "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n")
        self.assertEqual(self.problems(spdx.check), [])
        self.write("src/b.cpp", "\n\n\n// SPDX-License-Identifier: Apache-2.0\n")
        self.assert_found(self.problems(spdx.check), "src/b.cpp")


class FileLength(CheckTest):
    def test_finds_a_long_file(self):
        self.write("src/a.cpp", "\n" * 600)
        self.assertEqual(self.problems(file_length.check), [])
        self.write("src/a.cpp", "\n" * 601)
        self.assert_found(self.problems(file_length.check), "src/a.cpp: 601 lines")

    def test_wants_exceptions_that_are_needed(self):
        self.write("src/a.cpp", "\n" * 601)
        self.write("tools/long_files.toml", '"src/a.cpp" = "one table"\n')
        self.assertEqual(self.problems(file_length.check), [])
        self.write("src/a.cpp", "\n")
        self.assert_found(self.problems(file_length.check), "not too long")


if __name__ == "__main__":
    unittest.main()
