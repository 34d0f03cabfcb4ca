#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command and succeeds only if it ends by abort(): `expect_abort.py COMMAND [ARGUMENT…]`."""
import signal
import subprocess
import sys

result = subprocess.run(sys.argv[1:], check=False)
# libFuzzer turns the signal into exit code 77.
if result.returncode not in (-signal.SIGABRT, 77):
    sys.exit(f"expected an abort, got exit status {result.returncode}: {' '.join(sys.argv[1:])}")
