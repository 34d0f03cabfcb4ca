#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that must hold before a change lands, one line a step. The output of each step is in .dev/ci/<step>.log;
# its end is shown when the step fails. Called by `./dev ci` after the set-up.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
logs=$PWD/.dev/ci
rm -rf "$logs"
mkdir -p "$logs"
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
export FLEET_BUILT=1   # the verbs below need not build again
failed=()

step() { # NAME COMMAND…
    local name=$1 begin=$SECONDS status=ok
    shift
    "$@" >"$logs/$name.log" 2>&1 </dev/null || { status=FAIL; failed+=("$name"); }
    printf '%-4s %-12s %5d s\n' "$status" "$name" $((SECONDS - begin))
    [[ $status == ok ]] || { tail -n "${step_tail:-60}" "$logs/$name.log" | sed 's/^/    | /'; return 1; }
}

ctest_step() { # NAME PRESET
    step_tail=12 step "$1" ctest --preset "$2" -j "$jobs" --output-junit "$logs/$1.xml"
}

vitest_step() { # NAME SCRIPT: an npm script that runs vitest
    step "$1" npm run --prefix web "$2" -- --reporter=default --reporter=junit --outputFile.junit="$logs/$1.xml"
}

# Unit and contract tests run once, under the sanitizers; the optimized build is the product and what starts it.
if step build ./dev build release fleet engine_test; then
    step lint ./dev lint --product   # tests were linted when they changed; all of them: --full
    ctest_step test-process process
    ctest_step test-property property
    vitest_step web-test test
    step web-budget npm run --prefix web budget
    vitest_step e2e e2e
    # Sanitizers and named faults in one build: unit tests and canaries, then the tests that kill and crash.
    step build-asan ./dev build asan && ctest_step test-asan asan && step fault ./dev fault
fi

echo
grep -hE '^[0-9]+% tests passed|^Total Test time' "$logs"/test*.log
grep -hE '^ *(Test Files|Tests) ' "$logs"/web-test.log "$logs"/e2e.log 2>/dev/null
((${#failed[@]} == 0)) || echo "failed steps: ${failed[*]} (logs in .dev/ci)"
python3 tools/test_totals.py "$logs" "${#failed[@]}"
((${#failed[@]} == 0))
