# SPDX-License-Identifier: Apache-2.0
"""What every experiment needs: the binary, its companions, what a process cost, and checksums of what went in and came out."""
import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = pathlib.Path(os.environ.get("FLEET_BIN", ROOT / "build" / "fleet")).absolute()
PROGRAMS = ROOT / "build-bench"


def say(text):
    print(text, file=sys.stderr, flush=True)


def programs(*targets):
    """Builds companion programs (bench/CMakeLists.txt) and returns where they are."""
    subprocess.run(["cmake", "-S", ROOT, "-B", PROGRAMS, "-DCMAKE_BUILD_TYPE=Release", "-DFLEET_BENCH=ON",
                    "-DFLEET_TESTS=OFF", "-Wno-dev"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", PROGRAMS, "--target", *targets, "-j", str(os.cpu_count())], check=True,
                   stdout=subprocess.DEVNULL)
    return [PROGRAMS / "bench" / target for target in targets]


def environment(**settings):
    """Nothing of the caller's configuration changes what is measured."""
    return {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")} | settings


def fleet_json(*arguments, accept=(0,)):
    done = subprocess.run([BINARY, *map(str, arguments), "--json"], stdout=subprocess.PIPE, env=environment(), check=False)
    if done.returncode not in accept:
        raise SystemExit(f"fleet {' '.join(map(str, arguments))} ended with {done.returncode}")
    return json.loads(done.stdout)


def measured(*command):
    """Runs a command; its stdout, and what it cost: wall and CPU seconds, largest resident memory."""
    start = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, env=environment())
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return output.decode(), {"wall_s": round(time.monotonic() - start, 3),
                             "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
                             "user_s": round(usage.ru_utime, 3), "system_s": round(usage.ru_stime, 3),
                             "max_rss_mib": round(usage.ru_maxrss / 1024, 1)}


def sha256_of_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def checksum_of_days(data, fleet, days):
    """Records of a fleet, and a digest of its hours (counts, sums as means, extremes, distances) of the given days: it is the
    same whatever the order in which rows came, and another one if a row is lost, doubled or altered."""
    digest, records = hashlib.sha256(), 0
    for day in days:
        answer = fleet_json("analytics", "--data", data, "--fleet", fleet, "--day", day)
        records += sum(hour["records"] for hour in answer["hours"])
        digest.update(json.dumps(answer, sort_keys=True).encode())
    return records, digest.hexdigest()


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    revision = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return {"cpu": model, "cores": os.cpu_count(), "revision": revision.stdout.strip() or "unknown"}


def head(name):
    """What every result begins with: a kept one must say when and on what it was measured."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"experiment": name, "date": now, "command": " ".join([f"./dev bench {name}", *sys.argv[1:]]), "machine": machine()}


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]
