"""All mistakes of a protocol file come in one go, whatever else is wrong with it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from studies.cli import app
from studies.protocol import PROTOCOLS, parse_protocol
from tests.studies.protocols import as_mapping
from tutorbot.errors import BadFile

TEXT = (PROTOCOLS / "three-by-two.yml").read_text(encoding="utf-8")
WHOLE = as_mapping("three-by-two")
JUNK = [None, "Foo Bar", "de", -1, 0, 2.5, 10**6, True, [], {}, [1, "x"], {"id": "a"}, [["a"], ["a"]]]


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def complaints(text: str) -> list[str]:
    with pytest.raises(BadFile) as caught:
        parse_protocol(text, name="p.yml")
    return [line.split(": ", 1)[1] for line in str(caught.value).split("\n")]


def test_what_does_not_fit_together_is_told_beside_what_cannot_be_read():
    found = complaints(
        changed(
            ("id: three-by-two", "id: Foo Bar"),
            ("contrast: [NB, C0]", "contrast: [NB, C9]"),
            ("design: between", "design: within"),
            ("settings: {}", "settings: {enter: 65}"),
            ("after_min: 60", "after_min: soon"),
            ("seed: 20264", "sed: 20264"),
        )
    )
    assert [line.partition(":")[0] for line in found] == [
        "seed",
        "id",
        "hypotheses[0].contrast[1]",
        "design",
        "resume.after_min",
        "settings.enter",
        "sed",
    ]


def test_what_stands_behind_a_misspelt_name_or_an_unknown_key_is_found_too():
    found = complaints(
        changed(
            ("- id: help\n", "- id: Help\n"),
            ("{id: simple, title", "{id: complex, titel"),
            ("n: 60", "n: 0"),
        )
    )
    assert [line.partition(":")[0] for line in found] == [
        "factors[0].id",
        "factors[1].levels[0].titel",
        "factors[1].levels[1]",
        "sample.n",
    ]
    assert "'complex' stands here twice" in found[2]


def test_a_part_that_cannot_be_read_makes_no_echo():
    assert complaints(changed(("method: permuted_blocks", "method: block"))) == [
        "allocation.method: should be 'fixed', 'permuted_blocks' or 'minimisation', but it is 'block'; "
        "correct it"
    ]
    (only,) = complaints(changed(("  pre: [trust-1]", "  pre: 3\n  trust_start: trust-1")))
    assert only.startswith("instruments.pre: should be a list")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "Foo Bar",
            "'Foo Bar' is not an id: lower case letters, digits, dots, hyphens and underscores, the first a "
            "letter or digit, at most 64; write `foo-bar`",
        ),
        ("über", "'über' is not an id: lower case letters, digits, dots, hyphens and underscores, the first"),
        ("'???'", "'???' is not an id: "),
    ],
)
def test_a_name_that_is_no_id_is_told_what_one_is_made_of(given: str, said: str):
    (only,) = complaints(changed(("id: three-by-two", f"id: {given}")))
    assert only.startswith(f"id: {said}")
    assert only.endswith("; correct it") == (given == "'???'")


def test_check_tells_missing_problems_and_instruments_in_the_same_go(tmp_path: Path):
    path = tmp_path / "mine.yml"
    path.write_text(
        changed(
            ("id: three-by-two", "id: Foo Bar"),
            ("[type-iv]", "[type-x]"),
            ("post: [fks,", "post: [flo,"),
            ("design: between", "design: within"),
        ),
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.exit_code == 1
    for said in ("'Foo Bar' is not an id", "has no problem 'type-x'", "'flo'", "write `between`"):
        assert said in done.output
    assert len(done.output.strip().split("\n")) == 4


# ------------------------------------------------------------------------ whatever stands there


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*path, key)
        yield from places(child, (*path, key))


def put(whole: Any, path: tuple[Any, ...], value: Any) -> None:
    *parents, last = path
    for key in parents:
        try:
            whole = whole[key]
        except (LookupError, TypeError):
            return  # an earlier change took it away
    if isinstance(whole, dict) or (isinstance(whole, list) and isinstance(last, int) and last < len(whole)):
        whole[last] = value


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(places(WHOLE), key=repr)), st.sampled_from(JUNK)),
        min_size=1,
        max_size=3,
    )
)
def test_any_file_is_right_or_refused_with_its_mistakes(changes: list[tuple[tuple[Any, ...], Any]]):
    whole = copy.deepcopy(WHOLE)
    for path, value in changes:
        put(whole, path, copy.deepcopy(value))
    text = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)
    try:
        parse_protocol(text, name="p.yml")
    except BadFile as error:
        assert all(line.startswith("p.yml:") for line in str(error).split("\n"))
