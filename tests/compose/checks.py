# SPDX-License-Identifier: Apache-2.0
"""What must hold of docker-compose.yml, .env.example and Dockerfile. Each check yields problems in words."""
import functools
import json
import os
import pathlib
import re
import subprocess

from compose_file import ROOT, env_file

BINARY = os.environ.get("FLEET_BIN", str(ROOT / "build" / "fleet"))
# Container and service names are part of what was asked for.
NODES = {"cassandra-dc1-node1": "dc1", "cassandra-dc1-node2": "dc1", "cassandra-dc2-node1": "dc2", "cassandra-dc2-node2": "dc2"}
OURS = {"cassandra-schema": "etl", "etl-pipeline": "etl", "dashboard": "dashboard"}
SERVICE_KEYS = {"image", "build", "container_name", "command", "environment", "healthcheck", "networks", "volumes", "ports", "ulimits",
                "mem_limit", "stop_grace_period", "restart", "read_only", "tmpfs", "cap_drop", "security_opt", "depends_on"}
# The variables that the entry point of the official image and Cassandra's own start script read.
IMAGE_VARIABLES = {"CASSANDRA_CLUSTER_NAME", "CASSANDRA_SEEDS", "CASSANDRA_ENDPOINT_SNITCH", "CASSANDRA_NUM_TOKENS", "CASSANDRA_DC",
                   "CASSANDRA_RACK", "CASSANDRA_LISTEN_ADDRESS", "CASSANDRA_BROADCAST_ADDRESS", "CASSANDRA_RPC_ADDRESS",
                   "CASSANDRA_BROADCAST_RPC_ADDRESS", "MAX_HEAP_SIZE", "HEAP_NEWSIZE", "JVM_OPTS", "JVM_EXTRA_OPTS"}
MIB = {"k": 1 / 1024, "m": 1, "g": 1024}


def mib(text):
    match = re.fullmatch(r"(\d+)([kmg])b?", str(text).lower())
    return int(match.group(1)) * MIB[match.group(2)] if match else None


def check_services(compose):
    wanted = set(NODES) | set(OURS)
    if set(compose.services) != wanted:
        yield f"services are {sorted(compose.services)}, not {sorted(wanted)}"
    for name, service in compose.services.items():
        for key in sorted(set(service) - SERVICE_KEYS):
            yield f"{name}: unknown key {key}"
        if service.get("container_name") != name:
            yield f"{name}: the container is called {service.get('container_name')}"
        if not mib(service.get("mem_limit", "")):
            yield f"{name}: no memory limit"
        for network in service.get("networks", []):
            if compose.document["networks"].get(network, {}).get("driver") != "bridge":
                yield f"{name}: network {network} is no bridge of this file"
        if not service.get("networks"):
            yield f"{name}: is in no network of its own"


def check_images(compose, root=ROOT):
    version = re.search(r"<cassandra.version>([^<]+)<", (root / "cassandra/dev/pom.xml").read_text()).group(1)
    project = re.search(r"project\(fleet-tracing VERSION (\S+)", (root / "CMakeLists.txt").read_text()).group(1)
    for name, service in compose.services.items():
        image = service["image"]
        wanted = f"cassandra:{version}" if name in NODES else f"fleet-tracing/{OURS.get(name)}:{project}"
        if image != wanted:
            yield f"{name}: image {image} is not {wanted}"
        if name in OURS and service.get("build", {}).get("target") != OURS[name]:
            yield f"{name}: is built to target {service.get('build', {}).get('target')}, not {OURS[name]}"


def check_volumes(compose):
    declared, mounted = set(compose.document.get("volumes") or {}), {}
    for name, service in compose.services.items():
        for volume in service.get("volumes", []):
            source, _, target = volume.partition(":")
            if source not in declared:
                yield f"{name}: {source} is no named volume"
            if source in mounted:
                yield f"{name}: shares the volume {source} with {mounted[source]}"
            mounted[source] = name
            if name in NODES and target != "/var/lib/cassandra":
                yield f"{name}: {target} is not where the image keeps its data"
        if name in NODES and not service.get("volumes"):
            yield f"{name}: has no volume"
    data = compose.environment("etl-pipeline").get("FLEET_DATA")
    if f"etl-data:{data}" not in compose.services["etl-pipeline"].get("volumes", []):
        yield f"etl-pipeline: its data directory {data} is in no volume"
    for volume in sorted(declared - set(mounted)):
        yield f"volume {volume} is used by nobody"


def check_ports(compose):
    for name, service in compose.services.items():
        ports = service.get("ports", [])
        if ports != (["127.0.0.1:8501:8501"] if name == "dashboard" else []):
            yield f"{name}: publishes {ports}"


def check_nodes(compose):
    seeds = None
    for name in compose.nodes():
        env = compose.environment(name)
        for key in sorted(set(env) - IMAGE_VARIABLES):
            yield f"{name}: the image does not know {key}"
        if env.get("CASSANDRA_DC") != NODES.get(name):
            yield f"{name}: is in datacentre {env.get('CASSANDRA_DC')}"
        if env.get("CASSANDRA_ENDPOINT_SNITCH") != "GossipingPropertyFileSnitch":
            yield f"{name}: without GossipingPropertyFileSnitch the datacentre is ignored"
        seeds = seeds or env.get("CASSANDRA_SEEDS")
        if env.get("CASSANDRA_SEEDS") != seeds:
            yield f"{name}: has other seeds"
        heap, limit = mib(env.get("MAX_HEAP_SIZE", "")), mib(compose.services[name].get("mem_limit", ""))
        if not heap or not limit or heap + 512 > limit:
            yield f"{name}: a heap of {heap} MiB leaves too little of the limit of {limit} MiB"
        if compose.services[name].get("restart", "no") != "no":
            yield f"{name}: a node that failed to join would be started again over half a state"
        test = " ".join(compose.health_command(name) or [])
        if "nodetool status" not in test or "UN" not in test or "hostname -i" not in test or "cqlsh" not in test:
            yield f"{name}: its health must be its own line in the ring and an answer over CQL"
    found = {NODES.get(seed) for seed in (seeds or "").split(",")}
    if found != {"dc1", "dc2"}:
        yield f"seeds {seeds} are not nodes of both datacentres"


def check_order(compose):
    try:
        order = compose.order()
    except ValueError as cycle:
        yield f"conditions go in a circle: {cycle}"
        return
    for name in order:
        for other, condition in compose.needs(name).items():
            if condition == "service_healthy" and not compose.health_command(other):
                yield f"{name}: waits for the health of {other}, which has no check"
            if condition == "service_completed_successfully" and other != "cassandra-schema":
                yield f"{name}: waits for the end of {other}, which does not end"
            if condition == "service_started":
                yield f"{name}: does not wait until {other} works"
    # Nodes join one by one: of each two, one waits for the other.
    before = {name: set(compose.needs(name)) for name in compose.services}
    for name in order:
        before[name] |= {far for near in before[name] for far in before[near]}
    nodes = [name for name in order if name in NODES]
    for i, first in enumerate(nodes):
        for second in nodes[i + 1:]:
            if first not in before[second]:
                yield f"{first} and {second} may join at once"
    for name, wanted in (("cassandra-schema", set(NODES)), ("etl-pipeline", {"cassandra-schema"}), ("dashboard", {"etl-pipeline"})):
        if not wanted <= before[name]:
            yield f"{name}: does not wait for {sorted(wanted - before[name])}"
    if compose.needs("etl-pipeline").get("cassandra-schema") != "service_completed_successfully":
        yield "etl-pipeline: does not wait for the end of the schema job"


def check_settings(compose):
    """Every variable of ours is one that the binary or the script reads, and comes out as it was written."""
    scripts = (ROOT / "scripts" / "etl-pipeline").read_text()
    table = subprocess.run([BINARY, "config", "show", "--markdown"], env={}, capture_output=True, text=True, timeout=60, check=True).stdout
    known = set(re.findall(r"`([A-Z][A-Z_]+)`", table))
    for name in compose.ours():
        env = compose.environment(name)
        ours = {k: v for k, v in env.items() if not k.startswith("ETL_")}
        for key in sorted(set(env) - set(ours)):
            if not re.search(rf"\$\{{?{key}\b", scripts):
                yield f"{name}: scripts/etl-pipeline does not read {key}"
        done = subprocess.run([BINARY, "config", "show", "--json"], env=ours, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            yield f"{name}: the configuration is refused: {done.stderr.strip()}"
            continue
        read = {setting["origin"].removeprefix("environment "): setting["value"] for setting in json.loads(done.stdout).values()}
        for key, value in sorted(ours.items()):
            if key not in known:
                yield f"{name}: fleet does not read {key}"
            elif value and read[key] != value:
                yield f"{name}: fleet reads {key} as {read[key]}, not {value}"
        if name != "cassandra-schema":
            hosts = set(env.get("CASSANDRA_HOSTS", "").split(","))
            if hosts != set(NODES):
                yield f"{name}: CASSANDRA_HOSTS names {sorted(hosts)}"
    command = compose.services["cassandra-schema"]["command"]
    if set(command[-1].split(",")) != set(NODES):
        yield "cassandra-schema: does not name all nodes"
    if compose.environment("dashboard").get("FLEET_SERVER_ALLOW_PUBLIC") != "true":
        yield "dashboard: nothing permits its bind"
    if not compose.environment("etl-pipeline").get("FLEET_SERVER_LISTEN", "").startswith("127."):
        yield "etl-pipeline: takes records from everybody in its network, and there are no accounts"


def check_variables(compose, example):
    """.env.example shows every variable, with the default that holds without the file."""
    shown = env_file(example)
    for name in sorted(set(compose.used) - set(shown)):
        yield f".env.example: {name} is missing"
    for name in sorted(set(shown) - set(compose.used)):
        yield f".env.example: {name} is used by nobody"
    for name, default in compose.used.items():
        if name in shown and shown[name] != (default or ""):
            yield f".env.example: {name}={shown[name]}, but its default is {default or ''}"


def check_hardening(compose):
    for name in compose.ours():
        service = compose.services[name]
        if service.get("read_only") is not True or service.get("cap_drop") != ["ALL"]:
            yield f"{name}: may write its image or keeps capabilities"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: may gain privileges"


def needed_libraries(binary=BINARY):
    out = subprocess.run(["readelf", "-d", binary], capture_output=True, text=True, timeout=60, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", out)


@functools.cache
def packages_of(libraries):
    """Library → Debian packages, by what this machine's own packages hold; without those that are not Debian's."""
    found = {}
    for library in libraries:
        done = subprocess.run(["dpkg-query", "-S", f"*/{library}"], capture_output=True, text=True, timeout=60, check=False)
        names = {line.split(":")[0] for line in done.stdout.splitlines()}
        if names:
            found[library] = names
    return found


def check_dockerfile(stages, compose, root=ROOT):
    for target in ("etl", "dashboard"):
        stage = stages.get(target)
        if stage is None:
            yield f"Dockerfile: there is no target {target}"
            continue
        if stage.user in (None, "root", "0"):
            yield f"Dockerfile: {target} runs as {stage.user or 'root'}"
        if not stage.health:
            yield f"Dockerfile: {target} has no health check"
        for name in [n for n, of in OURS.items() if of == target and n != "cassandra-schema"]:
            if stage.health != compose.health_command(name):
                yield f"Dockerfile: the health check of {target} is not that of {name}"
            if stage.command != compose.services[name]["command"]:
                yield f"Dockerfile: the command of {target} is not that of {name}"
            for key, value in stage.env.items():
                if compose.environment(name).get(key, value) != value:
                    yield f"Dockerfile: {key} of {target} is not that of {name}"
        programs = {pathlib.PurePosixPath(p).name for p in stage.copied} | {"curl"} & set(stage.packages)
        for name in [n for n, of in OURS.items() if of == target]:
            for command in (compose.services[name]["command"], compose.health_command(name)):
                if command and command[0] not in programs:
                    yield f"Dockerfile: {target} has no program {command[0]}"
        for library, names in packages_of(tuple(needed_libraries())).items():
            if not names & (set(stage.packages) | {"libc6"}):
                yield f"Dockerfile: {library} needs one of {sorted(names)}"
        for sources in stage.copied.values():
            for source in sources:
                if not source.startswith(("/", "--from")) and source != "." and not (root / source).exists():
                    yield f"Dockerfile: there is no {source}"
    arguments = [rest for word, rest in pinned_bases(root) if word == "ARG"]
    for base in arguments:
        if not re.search(r":\d+\.\d+", base):
            yield f"Dockerfile: the base {base} is not pinned"


def pinned_bases(root):
    for line in (root / "Dockerfile").read_text().splitlines():
        if line.startswith("ARG DEBIAN="):
            yield "ARG", line.partition("=")[2]
        if line.startswith("FROM ") and not re.match(r"FROM (\$\{DEBIAN\}|runtime)( |$)", line):
            yield "ARG", line.split()[1]
