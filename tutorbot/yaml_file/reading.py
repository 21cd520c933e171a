"""A file that people write by hand: YAML in, a checked value out, every mistake with line and column.

The file is data and never code: no tags, no anchors, no second document. A lesson pack and a study
protocol are both read by ``load_yaml``; their shapes are pydantic models derived from ``FileModel``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from tutorbot.errors import BadFile
from tutorbot.yaml_file.forms import misspelt
from tutorbot.yaml_file.mending import broken, mended

MOST_BYTES = 1_000_000
"""A file written by hand is smaller; a larger one is a mistake (a recording, a database)."""
MOST_DEPTH = 40
"""Nesting beyond this is a mistake."""

PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
)

SHAPES = {
    "model_type": "should be keys with values (`key: value`, one a line)",
    "dict_type": "should be keys with values (`key: value`, one a line)",
    "tuple_type": "should be a list (`- value`, one a line)",
    "list_type": "should be a list (`- value`, one a line)",
    "set_type": "should be a list (`- value`, one a line)",
    "frozen_set_type": "should be a list (`- value`, one a line)",
}
"""What the reader should write, for pydantic's error types that speak of Python."""

Loc = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class FileModel(BaseModel):
    """Base of everything read from a file: frozen, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing in a file that does not fit.

    loc: keys and indices from the place that raised it, e.g. ``("problems", 0, "left", 2)``.
    what: what is wrong and with which value. remedy: what to write instead.
    """

    loc: Loc
    what: str
    remedy: str


Behind = Callable[[Any, frozenset[str]], Iterable[Misfit]]
"""Looks for more in a file with mistakes: from its data, mended, and the fields that still cannot be read."""


class Misfits(ValueError):
    """Raised in a model's own validator: several mistakes at once, each at its own place."""

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        self.misfits = tuple(misfits)
        super().__init__("; ".join(f"{misfit.what}; {misfit.remedy}" for misfit in self.misfits))


@dataclass(frozen=True, slots=True, order=True)
class _Problem:
    """A mistake and its place in the file; line and column count from 1."""

    line: int
    column: int
    what: str
    remedy: str


@dataclass(slots=True)
class _Tree:
    """A file's data, where each value and key stands, and what was wrong on the way.

    lost: values that could not be read; what the model says about them is an echo.
    """

    data: Any = None
    values: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    problems: list[_Problem] = field(default_factory=list)
    lost: set[Loc] = field(default_factory=set)

    def lose(self, loc: Loc, what: str, remedy: str) -> None:
        """Note that the value at ``loc`` could not be read."""
        self.lost.add(loc)
        self.note(self.values[loc], what, remedy)

    def is_lost(self, loc: Loc) -> bool:
        return any(loc[:depth] in self.lost for depth in range(len(loc) + 1))

    def place(self, loc: Loc, *, of_key: bool = False) -> tuple[int, int]:
        """Line and column of the deepest part of ``loc`` that stands in the file."""
        if of_key and loc in self.keys:
            return self.keys[loc]
        while loc and loc not in self.values:
            loc = loc[:-1]
        return self.values.get(loc, (1, 1))

    def note(self, place: tuple[int, int], what: str, remedy: str) -> None:
        self.problems.append(_Problem(*place, what, remedy))


def load_yaml(path: Path, model: type[Model], *, most_bytes: int = MOST_BYTES) -> Model:
    """Read a file and check it against ``model``.

    Raises: BadFile: one line for every problem, ``FILE:LINE:COLUMN: what, with which value; what to do``.
    """
    return parse_yaml(read_text(path, most_bytes=most_bytes), model, name=str(path))


def parse_yaml(text: str, model: type[Model], *, name: str, behind: Behind | None = None) -> Model:
    """Check a text already read; ``name`` stands for the file in messages. Raises: BadFile.

    behind: finds what else is wrong with a file whose parts are not all right by themselves.
    """
    tree = _tree(text.removeprefix("\ufeff"), name)
    value: Model | None = None
    try:
        value = model.model_validate(tree.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        for detail in details:
            if not tree.is_lost(tuple(detail["loc"])) and not _is_echo(detail):
                _note_detail(tree, model, detail)
        if behind is not None and isinstance(tree.data, dict):
            data = mended(tree.data, details)
            for misfit in behind(data, broken(model, data)):
                _note_misfit(tree, misfit.loc, misfit)
    except RecursionError:
        tree.note((1, 1), "the file is nested too deeply", "write it flatter")
    if tree.problems or value is None:
        raise _bad_file(name, tree.problems)
    return value


def read_text(path: Path, *, most_bytes: int = MOST_BYTES) -> str:
    """The file's text, to the byte: ``read_text(path).encode()`` is the file. Raises: BadFile."""
    name = str(path)
    try:
        if path.is_dir():
            raise _bad_file(name, [_Problem(1, 1, "this is a folder", "name a YAML file in it")])
        with path.open("rb") as stream:
            raw = stream.read(most_bytes + 1)
    except FileNotFoundError:
        raise _bad_file(name, [_Problem(1, 1, "there is no such file", "check the path")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _bad_file(
            name, [_Problem(1, 1, f"the file cannot be read ({reason})", "check its path and its rights")]
        ) from None
    if len(raw) > most_bytes:
        problem = _Problem(
            1, 1, f"the file is larger than {most_bytes} bytes", "name the YAML file that was meant"
        )
        raise _bad_file(name, [problem])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        problem = _Problem(
            line, column, f"byte 0x{raw[error.start]:02x} is not UTF-8 text", "save the file as UTF-8"
        )
        raise _bad_file(name, [problem]) from None


def _bad_file(name: str, problems: Iterable[_Problem]) -> BadFile:
    """One error for all problems: a line each, in the order of the file."""
    ordered = sorted(set(problems))
    lines = [f"{name}:{p.line}:{p.column}: {p.what};" for p in ordered]
    whole = [f"{line} {p.remedy}" for line, p in zip(lines, ordered, strict=True)]
    return BadFile("\n".join([*whole[:-1], lines[-1]]), remedy=ordered[-1].remedy)


# ------------------------------------------------------------------ text to data


def _tree(text: str, name: str) -> _Tree:
    yaml = YAML(typ="safe", pure=True)
    tree = _Tree()
    try:
        node = yaml.compose(text)
    except MarkedYAMLError as error:
        raise _bad_file(name, [_syntax_problem(error)]) from None
    except ReaderError as error:
        before = text[: error.position]
        place = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
        code = error.character if isinstance(error.character, int) else ord(error.character)
        what = f"character U+{code:04X} is not allowed in YAML"
        raise _bad_file(name, [_Problem(*place, what, "remove it")]) from None
    except (YAMLError, ValueError) as error:
        what = f"the file is not YAML ({_one_line(error)})"
        raise _bad_file(name, [_Problem(1, 1, what, "correct it")]) from None
    except RecursionError:
        problem = _Problem(1, 1, "the file is nested too deeply", "write it flatter")
        raise _bad_file(name, [problem]) from None
    if node is None or (isinstance(node, ScalarNode) and not node.value):
        raise _bad_file(name, [_Problem(1, 1, "the file is empty", "write its keys, one a line")])
    tree.data = _build(node, (), tree, yaml.constructor, set())
    return tree


def _syntax_problem(error: MarkedYAMLError) -> _Problem:
    mark: StringMark | None = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    what = _one_line(error.problem or error.context or error)
    if error.context and error.problem:
        what = f"{what} ({_one_line(error.context)})"
    return _Problem(
        *place,
        f"not valid YAML: {what}",
        "look at this line and the one before: indentation, a missing colon, quote or bracket",
    )


def _build(node: Node, loc: Loc, tree: _Tree, constructor: Any, seen: set[int]) -> Any:
    """Plain data of a node: dict, list or scalar; notes where everything stands."""
    tree.values[loc] = node.start_mark.line + 1, node.start_mark.column + 1
    tag = str(node.tag)
    if id(node) in seen:
        return tree.lose(
            loc, "the text behind this anchor is used twice (&name, *name)", "write it out twice"
        )
    seen.add(id(node))
    if tag not in PLAIN_TAGS:
        return tree.lose(loc, f"the tag {_short(tag)} is not used here", "remove it")
    if len(loc) > MOST_DEPTH:
        return tree.lose(loc, f"nested more than {MOST_DEPTH} deep", "write it flatter")
    if isinstance(node, MappingNode):
        return _build_mapping(node, loc, tree, constructor, seen)
    if isinstance(node, SequenceNode):
        return [
            _build(child, (*loc, index), tree, constructor, seen) for index, child in enumerate(node.value)
        ]
    try:
        node.value.encode()
        return constructor.construct_object(node, deep=True)
    except UnicodeEncodeError:
        return tree.lose(loc, f"{_short(node.value)} is not text (half of a character)", "remove it")
    except (YAMLError, ValueError, TypeError, OverflowError) as error:
        reason = _one_line(getattr(error, "problem", None) or error)
        what = f"{_short(node.value)} cannot be read ({reason})"
        return tree.lose(loc, what, "correct it or put it in quotes")


def _build_mapping(
    node: MappingNode, loc: Loc, tree: _Tree, constructor: Any, seen: set[int]
) -> dict[str | int, Any]:
    built: dict[str | int, Any] = {}
    for key_node, value_node in node.value:
        place = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        if not isinstance(key_node, ScalarNode) or not key_node.value.isprintable():
            tree.note(place, "a key must be one word or number", "write `key: value`")
            continue
        key = key_node.value
        if key == "<<":
            tree.note(place, "merging keys (<<) is not used here", "write the values out")
            continue
        if key in built:
            first = tree.keys[(*loc, key)]
            tree.note(place, f"{_short(key)} stands here twice (first in line {first[0]})", "remove one")
            continue
        tree.keys[(*loc, key)] = place
        built[key] = _build(value_node, (*loc, key), tree, constructor, seen)
    return built


# ------------------------------------------------------- what pydantic says, in our words


def _note_detail(tree: _Tree, model: type[BaseModel], detail: Mapping[str, Any]) -> None:
    loc: Loc = tuple(detail["loc"])
    inner = detail.get("ctx", {}).get("error")
    if isinstance(inner, Misfits):
        for misfit in inner.misfits:
            _note_misfit(tree, (*loc, *misfit.loc), misfit)
        return
    of_key = detail["type"] == "extra_forbidden"
    what, remedy = _explain(loc, model, detail)
    if loc[-1:] == ("[key]",):
        loc, of_key = loc[:-1], True
    tree.note(tree.place(loc, of_key=of_key), what, remedy)


def _is_echo(detail: Mapping[str, Any]) -> bool:
    """A list that is long enough as it stands: only its members that cannot be read are not counted."""
    given: Any = detail.get("input")
    short = detail["type"] == "too_short" and isinstance(given, list | dict)
    return short and len(given) >= detail["ctx"]["min_length"]


def _note_misfit(tree: _Tree, loc: Loc, misfit: Misfit) -> None:
    if not tree.is_lost(loc):
        tree.note(tree.place(loc), f"{_named(loc)}{misfit.what}", misfit.remedy)


def _explain(loc: Loc, model: type[BaseModel], detail: Mapping[str, Any]) -> tuple[str, str]:
    kind, given = detail["type"], _short(detail.get("input"))
    if kind == "missing":
        return f"{_named(loc)}the key is missing", f"add `{loc[-1]}:` here"
    if kind == "extra_forbidden":
        return f"{_named(loc)}the key is not known", _known_keys(loc, model)
    if kind == "string_pattern_mismatch":
        what, remedy = misspelt(detail["input"], detail["ctx"]["pattern"])
        return f"{_named(loc)}{what}", remedy
    message = SHAPES.get(kind) or _one_line(detail["msg"]).removeprefix("Value error, ").removeprefix(
        "Input "
    )
    if kind == "value_error":
        what, _, remedy = message.partition("; ")
        return f"{_named(loc)}{what}", remedy or "correct the value"
    what = f"{_named(loc)}{message}, but it is {given}"
    return what, "put the value in quotes" if kind == "string_type" and _is_plain(detail) else "correct it"


def _is_plain(detail: Mapping[str, Any]) -> bool:
    return not isinstance(detail.get("input"), dict | list | None)


def _named(loc: Loc) -> str:
    """``problems[0].left: `` for the reader's eye; empty at the top."""
    name = ""
    for part in loc:
        if isinstance(part, int):
            name += f"[{part}]"
        elif part != "[key]":
            name += f".{part}" if name else str(part)
    return f"{name}: " if name else ""


def _known_keys(loc: Loc, model: type[BaseModel]) -> str:
    names = sorted(_fields_at(loc[:-1], model))
    near = difflib.get_close_matches(str(loc[-1]), names, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known here are {', '.join(names)}" if names else "remove it"


def _fields_at(loc: Loc, annotation: Any) -> set[str]:
    """Names of the fields of the model that stands at ``loc``; empty when it is no model."""
    models = [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    if not loc:
        return {info.alias or name for part in models for name, info in part.model_fields.items()}
    head, rest = loc[0], loc[1:]
    names: set[str] = set()
    for part in models:
        if isinstance(head, str) and head in part.model_fields:
            names |= _fields_at(rest, part.model_fields[head].annotation)
    if not models:
        for part in _parts(annotation):
            for inner in get_args(part):
                names |= _fields_at(rest, inner)
    return names


def _parts(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation itself."""
    args = get_args(annotation)
    is_union = type(None) in args or getattr(annotation, "__origin__", None) is None
    return args if args and is_union else (annotation,)


def _short(value: object, most: int = 60) -> str:
    shown = repr(value)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
