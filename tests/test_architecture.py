"""Arrows point inward: who may import whom, read from the source without running it.

What is permitted (a room may always import itself):

| room                    | of this project it may import                                        |
|-------------------------|----------------------------------------------------------------------|
| tutorbot.core           | nothing                                                              |
| tutorbot.errors         | core                                                                 |
| tutorbot.ports          | core, errors                                                         |
| tutorbot.yaml_file      | errors                                                               |
| tutorbot.config         | core, errors, yaml_file                                              |
| tutorbot.session        | core, ports, errors                                                  |
| tutorbot.lessons        | core, ports, errors, yaml_file                                       |
| tutorbot.web            | core, ports, errors, yaml_file                                       |
| tutorbot.adapters.X     | core, ports, errors, yaml_file; only the adapter `robots` besides,    |
|                         | which the ways to a robot share                                      |
| tutorbot.demo           | core, ports, errors, yaml_file, session, simulation                  |
| tutorbot.simulation     | core, errors                                                         |
| affect                  | core, ports, errors, yaml_file                                       |
| studies                 | core, ports, errors, yaml_file                                       |
| tutorbot.bootstrap      | all of these: it joins them                                          |
| tutorbot.cli            | core, ports, errors, yaml_file, config, lessons, demo, bootstrap,    |
|                         | cli_log, cli_pilot, cli_robot, cli_guard                             |
| tutorbot.cli_log        | core, ports, errors, yaml_file, bootstrap, cli_guard                 |
| tutorbot.cli_pilot      | errors, config, bootstrap                                            |
| tutorbot.cli_robot      | core, ports, errors, yaml_file, config, bootstrap, cli_pilot,        |
|                         | cli_guard                                                            |
| tutorbot.cli_guard      | errors                                                               |
| affect.cli, studies.cli | core, ports, errors, yaml_file, config, bootstrap, their own package |
| dialogue                | nothing; and nothing imports it: it lives in another environment     |

Of others' packages, the core imports the standard library and `transitions`; errors and ports the standard
library; every other room what it likes.

A room may be a file or a folder (`session.py` or `session/`). A module in no room fails the test: give it
a row. `tutorbot/__init__.py` imports nothing of ours, so `import tutorbot` alone (for its version) is free to
all. Type-checking imports and `importlib.import_module("...")` count like any other.

"The world" for the core is every clock, file, process, socket and unseeded chance: see `WORLD_MODULES`.
`random.Random(seed)` is the one way to chance; `open`, `print`, `input` are not called.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("tutorbot", "affect", "studies", "dialogue")

SHARED = frozenset({"tutorbot.core", "tutorbot.ports", "tutorbot.errors", "tutorbot.yaml_file"})

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "tutorbot.core": frozenset(),
    "tutorbot.errors": frozenset({"tutorbot.core"}),
    "tutorbot.ports": frozenset({"tutorbot.core", "tutorbot.errors"}),
    "tutorbot.yaml_file": frozenset({"tutorbot.errors"}),
    "tutorbot.config": frozenset({"tutorbot.core", "tutorbot.errors", "tutorbot.yaml_file"}),
    "tutorbot.session": frozenset({"tutorbot.core", "tutorbot.ports", "tutorbot.errors"}),
    "tutorbot.lessons": SHARED,
    "tutorbot.web": SHARED,
    "tutorbot.adapters": SHARED,
    "tutorbot.demo": SHARED | {"tutorbot.session", "tutorbot.simulation"},
    "tutorbot.simulation": frozenset({"tutorbot.core", "tutorbot.errors"}),
    "affect": SHARED,
    "studies": SHARED,
    "tutorbot.bootstrap": SHARED
    | {
        "tutorbot.config",
        "tutorbot.session",
        "tutorbot.lessons",
        "tutorbot.web",
        "tutorbot.adapters",
        "tutorbot.demo",
        "tutorbot.simulation",
        "affect",
        "studies",
    },
    "tutorbot.cli": SHARED
    | {
        "tutorbot.config",
        "tutorbot.lessons",
        "tutorbot.demo",
        "tutorbot.bootstrap",
        "tutorbot.cli_log",
        "tutorbot.cli_pilot",
        "tutorbot.cli_robot",
        "tutorbot.cli_guard",
    },
    "tutorbot.cli_log": SHARED | {"tutorbot.bootstrap", "tutorbot.cli_guard"},
    "tutorbot.cli_robot": SHARED
    | {"tutorbot.config", "tutorbot.bootstrap", "tutorbot.cli_pilot", "tutorbot.cli_guard"},
    "tutorbot.cli_pilot": frozenset({"tutorbot.errors", "tutorbot.config", "tutorbot.bootstrap"}),
    "tutorbot.cli_guard": frozenset({"tutorbot.errors"}),
    "affect.cli": SHARED | {"tutorbot.config", "tutorbot.bootstrap", "affect"},
    "studies.cli": SHARED | {"tutorbot.config", "tutorbot.bootstrap", "studies"},
    "dialogue": frozenset(),
}
"""Room -> rooms it may import besides itself; the table above in code."""

SHARED_ADAPTER = "robots"
"""What the ways to a robot have in common; it imports no other adapter."""

STDLIB_ONLY = ("tutorbot.core", "tutorbot.errors", "tutorbot.ports")

WORLD_MODULES = frozenset(
    {
        "asyncio",
        "calendar",
        "concurrent",
        "ctypes",
        "datetime",
        "fcntl",
        "fileinput",
        "ftplib",
        "getpass",
        "glob",
        "http",
        "imaplib",
        "importlib",
        "io",
        "locale",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "platform",
        "queue",
        "runpy",
        "sched",
        "secrets",
        "select",
        "selectors",
        "shelve",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
        "webbrowser",
        "zipfile",
        "zoneinfo",
    }
)
"""Parts of the standard library that reach a clock, a file, a process, a socket or unseeded chance."""

WORLD_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__", "breakpoint"})


def room_of(module: str) -> str | None:
    """The room a dotted name lies in: the longest one that is a prefix of it; None for others' modules."""
    rooms = [room for room in MAY_IMPORT if module == room or module.startswith(f"{room}.")]
    return max(rooms, key=len, default=None)


def ours(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in PACKAGES


def source_files(root: Path) -> Iterator[tuple[str, Path]]:
    """(dotted name, file) of every Python file in the four packages."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def known_modules(root: Path) -> frozenset[str]:
    return frozenset(name for name, _ in source_files(root))


def imports_of(name: str, path: Path, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything a file imports; `from a import b` is a.b where that is a module."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                # A package's own rooms count even before they exist: `from tutorbot import session`.
                yield node.lineno, full if full in known or full in MAY_IMPORT else base
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called in ("__import__", "import_module", "importlib.import_module"):
                yield node.lineno, str(node.args[0].value)


def adapter_of(module: str) -> str | None:
    """`rasa` for tutorbot.adapters.rasa.client; None outside the adapters or for the folder itself."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["tutorbot", "adapters"] and len(parts) > 2 else None


def forbidden_import(name: str, target: str) -> str | None:
    """Why this module may not import that one; None when it may."""
    room = room_of(name)
    if ours(target):
        if target == "tutorbot":
            return None if not name.startswith("dialogue") else "dialogue lives in another environment"
        target_room = room_of(target)
        if target_room is None:
            return f"{target} lies in no room of the table"
        if target_room == room:
            mine, other = adapter_of(name), adapter_of(target)
            if mine and other and other not in (mine, SHARED_ADAPTER):
                return "one adapter may not import another"
            return None
        if room is not None and target_room not in MAY_IMPORT[room]:
            return f"{room} may not import {target_room}"
        return None
    top = target.split(".", maxsplit=1)[0]
    if room in STDLIB_ONLY:
        if top not in sys.stdlib_module_names and not (room == "tutorbot.core" and top == "transitions"):
            return f"{room} imports the standard library only, not {top}"
        if room == "tutorbot.core" and top in WORLD_MODULES:
            return f"the core never reaches the world, as through {top}"
    return None


def reaches_the_world(path: Path) -> Iterator[tuple[int, str]]:
    """Calls in a core module that need no import, and chance without a seed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            for alias in node.names:
                if alias.name != "Random":
                    yield node.lineno, f"random.{alias.name} has no seed; take a random.Random(seed)"
        elif (
            isinstance(node, ast.Attribute) and ast.unparse(node.value) == "random" and node.attr != "Random"
        ):
            yield node.lineno, f"random.{node.attr} has no seed; take a random.Random(seed)"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in WORLD_CALLS:
                yield node.lineno, f"the core never calls {called}()"
            elif called in ("Random", "random.Random") and not (node.args or node.keywords):
                yield node.lineno, "random.Random() has no seed; give it one"


def violations(root: Path) -> list[str]:
    """Every broken rule under this folder, as `file:line: why`."""
    known = known_modules(root)
    found = []
    for name, path in source_files(root):
        where = path.relative_to(root).as_posix()
        if name != "tutorbot" and room_of(name) is None:
            found.append(f"{where}:1: lies in no room of the table")
        for line, target in imports_of(name, path, known):
            if name == "tutorbot" and ours(target):
                found.append(f"{where}:{line}: tutorbot/__init__.py imports nothing of ours")
            elif reason := forbidden_import(name, target):
                found.append(f"{where}:{line}: {reason}")
        if room_of(name) == "tutorbot.core":
            found += [f"{where}:{line}: {reason}" for line, reason in reaches_the_world(path)]
    return found


def test_every_import_in_the_project_points_inward():
    assert {"tutorbot.core", "tutorbot.errors", "affect", "studies"} <= known_modules(ROOT)
    assert violations(ROOT) == []


def make_tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


ALLOWED = {
    "tutorbot/__init__.py": "from importlib.metadata import version",
    "tutorbot/core/acts.py": "import random\nimport math\nchance = random.Random(7)",
    "tutorbot/core/machine.py": "from transitions import Machine\nfrom .acts import a\nfrom . import acts",
    "tutorbot/ports.py": "from tutorbot.core.acts import chance\nfrom tutorbot import errors",
    "tutorbot/errors.py": "",
    "tutorbot/yaml_file.py": "import ruamel.yaml\nfrom tutorbot.errors import BadFile",
    "tutorbot/session.py": "import asyncio\nfrom tutorbot import ports",
    "tutorbot/adapters/rasa/client.py": "import httpx, tutorbot\nfrom tutorbot.adapters.rasa import ledger",
    "tutorbot/adapters/rasa/ledger.py": "import time",
    "tutorbot/adapters/ros/client.py": "from tutorbot.adapters.robots import line",
    "tutorbot/adapters/robots/line.py": "import websockets",
    "tutorbot/bootstrap.py": "import affect.face, studies.log\nfrom tutorbot.adapters.rasa import client",
    "tutorbot/cli.py": "from tutorbot.bootstrap import join",
    "affect/face.py": "import cv2\nfrom tutorbot import ports, yaml_file",
    "affect/cli.py": "from affect import face",
    "studies/log/__init__.py": "import sqlalchemy\nfrom tutorbot.core import acts",
    "dialogue/lock.py": "import rasa",
}


def test_a_tree_that_keeps_the_rules_passes(tmp_path: Path):
    assert violations(make_tree(tmp_path, ALLOWED)) == []


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("tutorbot/adapters/robots/a.py", "import tutorbot.adapters.ros", "one adapter may not import"),
        ("tutorbot/core/a.py", "import numpy", "standard library only"),
        ("tutorbot/core/a.py", "import pydantic.fields", "standard library only"),
        ("tutorbot/core/a.py", "import time", "never reaches the world"),
        ("tutorbot/core/a.py", "def f():\n    from datetime import datetime", "never reaches the world"),
        ("tutorbot/core/a.py", "import os.path", "never reaches the world"),
        ("tutorbot/core/a.py", "import logging", "never reaches the world"),
        ("tutorbot/core/a.py", "text = open('x').read()", "never calls open()"),
        ("tutorbot/core/a.py", "import random\nx = random.random()", "has no seed"),
        ("tutorbot/core/a.py", "from random import choice", "has no seed"),
        ("tutorbot/core/a.py", "import random\nx = random.Random()", "has no seed"),
        ("tutorbot/core/a.py", "from tutorbot.ports import Clock", "core may not import tutorbot.ports"),
        ("tutorbot/core/a.py", "from ..errors import BadFile", "core may not import tutorbot.errors"),
        ("tutorbot/core/a.py", "from tutorbot import yaml_file", "core may not import tutorbot.yaml_file"),
        ("tutorbot/ports.py", "import httpx", "standard library only"),
        ("tutorbot/errors.py", "from tutorbot import session", "errors may not import tutorbot.session"),
        ("tutorbot/__init__.py", "from tutorbot.core import acts", "imports nothing of ours"),
        ("tutorbot/session.py", "from affect import face", "session may not import affect"),
        ("tutorbot/session.py", "import studies", "session may not import studies"),
        ("tutorbot/session.py", "from tutorbot.adapters.web import app", "session may not import"),
        ("tutorbot/adapters/web/a.py", "from tutorbot.adapters.rasa import client", "import another"),
        ("tutorbot/adapters/web/a.py", "from ..rasa.client import x", "import another"),
        ("tutorbot/adapters/web/a.py", "import affect.face", "adapters may not import affect"),
        ("tutorbot/adapters/web/a.py", "from tutorbot import bootstrap", "may not import tutorbot.bootstrap"),
        ("affect/a.py", "from studies.log import store", "affect may not import studies"),
        ("affect/a.py", "from tutorbot.adapters import rasa", "affect may not import tutorbot.adapters"),
        ("affect/a.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import studies", "studies"),
        ("affect/a.py", "import importlib\nimportlib.import_module('studies.log')", "may not import studies"),
        ("affect/a.py", "import tutorbot.bootstrap", "may not import tutorbot.bootstrap"),
        ("studies/a.py", "from affect import face", "studies may not import affect"),
        ("studies/cli.py", "from affect import face", "studies.cli may not import affect"),
        ("tutorbot/cli.py", "from tutorbot.adapters.rasa import client", "cli may not import"),
        ("tutorbot/demo/a.py", "import affect", "demo may not import affect"),
        ("tutorbot/bootstrap.py", "from dialogue import lock", "bootstrap may not import dialogue"),
        ("tutorbot/bootstrap.py", "import tutorbot.cli", "bootstrap may not import tutorbot.cli"),
        ("dialogue/lock.py", "import tutorbot", "another environment"),
        ("dialogue/lock.py", "from tutorbot.core import acts", "dialogue may not import tutorbot.core"),
        ("tutorbot/nowhere.py", "", "in no room"),
        ("affect/a.py", "import tutorbot.nowhere", "in no room"),
    ],
)
def test_a_broken_rule_is_found_with_file_and_line(tmp_path: Path, file: str, text: str, reason: str):
    found = violations(make_tree(tmp_path, {**ALLOWED, file: text}))
    expected_line = max(1, text.count("\n") + 1)
    assert [
        problem for problem in found if problem.startswith(f"{file}:{expected_line}: ") and reason in problem
    ]
    assert all(problem.startswith(f"{file}:") for problem in found)
