"""The docs keep up: every command, option and setting is written down, and every link leads somewhere.

docs/commands.md has one heading per command with its full name in backticks (`tutorbot pilot`); each of
its options stands between that heading and the next. docs/settings.md names every setting in backticks.
"""

from __future__ import annotations

import dataclasses
import importlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

ROOT = Path(__file__).parents[1]
COMMANDS = ROOT / "docs/commands.md"
SETTINGS = ROOT / "docs/settings.md"
HEADING = re.compile(r"^#{1,6} +(.*)$", re.MULTILINE)
CODE_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"""\]\(([^)\s]+)(?:\s+"[^"]*")?\)|(?:src|srcset|href)="([^"]+)\"""")


def entry_points() -> Mapping[str, str]:
    """Program -> module of its commands, as pyproject.toml installs them."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    return {program: target.partition(":")[0] for program, target in scripts.items()}


def app_of(module: str) -> typer.Typer:
    """The Typer application a cli module offers under the name `app`."""
    app = getattr(importlib.import_module(module), "app", None)
    assert isinstance(app, typer.Typer), f"{module} offers no Typer application named `app`"
    return app


def commands_of(app: typer.Typer, program: str) -> dict[str, set[str]]:
    """Full name of every command -> its long options, walked through all groups."""
    found: dict[str, set[str]] = {}

    def walk(command: Any, name: str) -> None:
        if command.hidden:
            return
        children = getattr(command, "commands", None)
        if children:
            for child_name, child in children.items():
                walk(child, f"{name} {child_name}")
            return
        options = {
            option
            for parameter in command.params
            if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False)
            for option in [*parameter.opts, *parameter.secondary_opts]
            if option.startswith("--")
        }
        found[name] = options - {"--help", "--install-completion", "--show-completion"}

    walk(typer.main.get_command(app), program)
    return found


def sections(text: str) -> dict[str, str]:
    """Words in backticks of a heading -> the text up to the next heading."""
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    found = {}
    for heading, end in zip(headings, ends, strict=True):
        for name in re.findall(r"`([^`]+)`", heading.group(1)):
            found[name] = text[heading.end() : end]
    return found


def undocumented(commands: Mapping[str, set[str]], text: str) -> list[str]:
    """Commands and options the text lacks, and commands it has that do not exist."""
    documented = sections(text)
    missing = [f"no heading for `{name}`" for name in commands if name not in documented]
    for name, options in commands.items():
        words = set(re.findall(r"--[a-z][a-z0-9-]*", documented.get(name, "")))
        missing += [f"`{name}` lacks its option {option}" for option in sorted(options - words)]
    programs = {name.split()[0] for name in commands}
    missing += [
        f"`{name}` is described but does not exist"
        for name in documented
        if name.split()[0] in programs and name not in commands and name not in programs
    ]
    return missing


@pytest.mark.parametrize("program", entry_points())
def test_every_command_and_option_is_documented(program: str):
    commands = commands_of(app_of(entry_points()[program]), program)
    assert commands, f"{program} has no command at all"
    assert undocumented(commands, COMMANDS.read_text()) == []


def test_the_check_sees_a_missing_command_a_missing_option_and_an_invented_one():
    app, group = typer.Typer(), typer.Typer()

    @app.command()
    def pilot(port: int = 8800, json: bool = False) -> None:
        """Start."""

    @group.command()
    def check(strict: bool = False) -> None:
        """Check."""

    app.add_typer(group, name="lesson")
    commands = commands_of(app, "tutorbot")
    assert commands == {
        "tutorbot pilot": {"--port", "--json", "--no-json"},
        "tutorbot lesson check": {"--strict", "--no-strict"},
    }
    full = (
        "# Commands\n## `tutorbot pilot`\n`--port`, `--json/--no-json`\n"
        "## `tutorbot lesson check`\n`--strict`, `--no-strict`\n"
    )
    assert undocumented(commands, full) == []
    assert undocumented(commands, full.replace("`--port`", "`--porter`")) == [
        "`tutorbot pilot` lacks its option --port"
    ]
    assert undocumented(commands, full.replace("## `tutorbot lesson check`\n", ""))[0] == (
        "no heading for `tutorbot lesson check`"
    )
    assert undocumented(commands, full + "## `tutorbot sing`\n") == [
        "`tutorbot sing` is described but does not exist"
    ]


def fields_of(kind: type) -> list[str]:
    """Names of the fields of a pydantic model or a dataclass."""
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind)]
    return list(getattr(kind, "model_fields", {}))


def settings() -> Iterator[tuple[str, str]]:
    """(where it is declared, name) of every setting of the program and of a study."""
    for name in fields_of(importlib.import_module("tutorbot.config").Settings):
        yield "tutorbot.config.Settings", name
    module = importlib.import_module("tutorbot.core.settings")
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            for name in fields_of(kind):
                yield f"{module.__name__}.{kind.__name__}", name


def test_every_setting_is_documented():
    text = SETTINGS.read_text()
    words = {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", code)}
    declared = list(settings())
    assert {where.split(".")[1] for where, _ in declared} == {"config", "core"}, "no settings were found"
    assert [f"{where}: {name}" for where, name in declared if name not in words] == []


def markdown_files() -> list[Path]:
    def ignored(path: Path) -> bool:
        parts = path.relative_to(ROOT).parts
        return any(part.startswith(".") or part in {"node_modules", "build", "dist", "var"} for part in parts)

    return [path for path in sorted(ROOT.rglob("*.md")) if not ignored(path)]


def anchors(text: str) -> set[str]:
    """The names under which headings can be linked to, made the way code hosts make them."""
    plain = (
        re.sub(r"\]\([^)]*\)|[`*\[\]]", "", heading) for heading in HEADING.findall(CODE_FENCE.sub("", text))
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}


def broken_links(path: Path) -> list[str]:
    """Relative links of one file that lead nowhere."""
    broken = []
    for match in LINK.finditer(CODE_FENCE.sub("", path.read_text())):
        link = match.group(1) or match.group(2)
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors(target.read_text())
        ):
            broken.append(f"{path.name}: {link}")
    return broken


def test_every_relative_link_leads_somewhere():
    files = markdown_files()
    assert ROOT / "README.md" in files
    assert [link for path in files for link in broken_links(path)] == []


def test_a_link_to_a_missing_file_heading_or_picture_is_found(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading: `with code`\n[a](page.md) [b](#a-heading-with-code) [c](gone.md) [d](page.md#gone)\n"
        '<img src="gone.svg"> [e](https://example.org/x)\n```\n[f](in-code.md)\n```\n'
    )
    assert broken_links(page) == ["page.md: gone.md", "page.md: page.md#gone", "page.md: gone.svg"]
