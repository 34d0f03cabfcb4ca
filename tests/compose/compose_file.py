# SPDX-License-Identifier: Apache-2.0
"""docker-compose.yml as a container engine would read it: variables filled in, anchors resolved, `$$` a dollar."""
import json
import pathlib
import re
import shlex

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_]\w*)(?::-([^}]*))?\}|([A-Za-z_]\w*))")


def env_file(text):
    """The assignments of a .env file; a comment is a line of its own."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def interpolate(text, variables, used):
    def replace(match):
        if match.group() == "$$":
            return "$"
        name = match.group(1) or match.group(3)
        used.setdefault(name, match.group(2))
        # As the engine does it: `:-` stands in for an empty value too.
        return variables.get(name) or match.group(2) or ""
    return VARIABLE.sub(replace, text)


def filled(value, variables, used):
    if isinstance(value, str):
        return interpolate(value, variables, used)
    if isinstance(value, dict):
        return {key: filled(of, variables, used) for key, of in value.items()}
    if isinstance(value, list):
        return [filled(of, variables, used) for of in value]
    return value


class Compose:
    """The file after interpolation. `used`: the variables it names, with their defaults."""

    def __init__(self, text, variables):
        self.used = {}
        self.document = filled(yaml.safe_load(text), variables, self.used)
        self.services = self.document["services"]

    @classmethod
    def of_tree(cls, root=ROOT, variables=None):
        if variables is None:
            variables = env_file((root / ".env.example").read_text())
        return cls((root / "docker-compose.yml").read_text(), variables)

    def needs(self, name):
        """Service → condition."""
        return {other: more["condition"] for other, more in self.services[name].get("depends_on", {}).items()}

    def order(self):
        """Services in an order that keeps the conditions. A ValueError when there is none."""
        done, path = [], []

        def visit(name):
            if name in done:
                return
            if name in path:
                raise ValueError(" → ".join([*path[path.index(name):], name]))
            path.append(name)
            for other in self.needs(name):
                visit(other)
            path.pop()
            done.append(name)
        for name in self.services:
            visit(name)
        return done

    def environment(self, name):
        return {key: str(value) for key, value in self.services[name].get("environment", {}).items()}

    def health_command(self, name):
        """The arguments to run, or none."""
        test = self.services[name].get("healthcheck", {}).get("test")
        if not test:
            return None
        return ["/bin/sh", "-c", test[1]] if test[0] == "CMD-SHELL" else test[1:]

    def nodes(self):
        return [name for name, service in self.services.items() if service["image"].startswith("cassandra:")]

    def ours(self):
        return [name for name in self.services if name not in self.nodes()]


class Stage:
    """One stage of the Dockerfile with those it builds upon."""

    def __init__(self):
        self.base = ""
        self.packages, self.copied, self.env, self.instructions = [], {}, {}, []
        self.user = self.health = self.command = None


def dockerfile_stages(text):
    """Name → Stage. Reads what our file uses of the format, and no more."""
    stages, stage = {}, None
    for line in re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M)).splitlines():
        word, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if word == "FROM":
            stage = Stage()
            stage.base, _, name = rest.partition(" AS ")
            stages[name] = stage
            if stage.base in stages:
                parent = stages[stage.base]
                stage.packages, stage.copied, stage.env = list(parent.packages), dict(parent.copied), dict(parent.env)
                stage.user = parent.user
        elif word == "RUN":
            for install in re.findall(r"apt-get install ([^&]*)", rest):
                stage.packages += [p for p in install.split() if not p.startswith("-")]
        elif word == "COPY":
            *sources, target = [w for w in rest.split() if not w.startswith("--chmod")]
            stage.copied[target] = sources
        elif word == "ENV":
            stage.env.update(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "USER":
            stage.user = rest
        elif word == "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        elif word == "CMD":
            stage.command = json.loads(rest)
        if stage and word:
            stage.instructions.append((word, rest))
    return stages
