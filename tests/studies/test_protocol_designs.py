"""A design that cannot be carried out, and a way through a session that does not fit, at line and column."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from studies.protocol import checks_of_design, checks_of_flow, design, parse_protocol
from tests.studies.protocols import as_mapping, level, text_of
from tutorbot.errors import BadFile
from tutorbot.yaml_file import Misfit

HELP = {"id": "help", "vary": "between", "levels": [level("a", condition="C0"), level("b", condition="NB")]}
WITHIN = {**HELP, "vary": "within"}
RULES = {
    "id": "rules",
    "vary": "between",
    "levels": [level("x", problems=["type-ii"]), level("y", problems=["type-iv"])],
}
BLOCKS = {"method": "permuted_blocks"}
FACTORIAL: dict[str, Any] = {"conditions": None, "allocation": BLOCKS}
STRATUM = {
    "id": "prior",
    "title": {"en": "Been here?"},
    "options": {"yes": {"en": "Yes"}, "no": {"en": "No"}},
}
SERVICE = {"service": "prolific", "parameters": ["PID"], "person": "PID"}
SETS = {"sets": [["type-ii"], ["type-iv"]]}


def factors(*given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**FACTORIAL, "factors": list(given), **changes}


def levels(*given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**HELP, "levels": list(given), **changes}


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a factor stands twice": (
        factors(HELP, {**RULES, "id": "help"}),
        "factors[1]: 'help' stands here twice",
        "id: help\n  vary: between\n  levels:\n  - id: x",
    ),
    "a level stands twice": (
        factors(levels(level("a", condition="C0"), level("a", condition="NB"))),
        "factors[0].levels[1]: 'a' stands here twice",
        "id: a\n    condition: NB",
    ),
    "a level sets nothing": (
        factors(levels(level("a", condition="C0"), level("b"))),
        "factors[0].levels[1]: level 'b' sets no condition, others of 'help' do; add `condition:` to it",
        "id: b",
    ),
    "a level names a condition there is not": (
        factors(levels(level("a", condition="C0"), level("b", condition="L9-A"))),
        "factors[0].levels[1].condition: there is no condition 'L9-A'",
        "L9-A",
    ),
    "no level sets anything": (
        factors(HELP, {**RULES, "levels": [level("x"), level("y")]}),
        "factors[1]: no level of 'rules' sets anything",
        "id: rules",
    ),
    "a condition is given to two levels": (
        factors(levels(level("a", condition="C0"), level("b", condition="C0"))),
        "factors[0].levels[1]: levels 'a' and 'b' are the same",
        "id: b",
    ),
    "two factors set the condition": (
        factors(HELP, {**HELP, "id": "more"}),
        "factors[1]: help and more both set the condition; let one factor set it",
        "id: more",
    ),
    "conditions without a level": (
        factors(RULES, conditions=["C0", "NB"]),
        "conditions: 2 conditions are listed, and no level says which is met where",
        "- C0\n- NB",
    ),
    "a condition no level has": (
        factors(HELP, conditions=["C0", "NB", "AD"]),
        "conditions[2]: no level of a factor has condition 'AD'; remove it",
        "AD\n",
    ),
    "a design that is stated otherwise": (
        factors(HELP, design="within"),
        "design: design is 'within', but the factors make it 'between'; write `between`",
        "within\n",
    ),
    "an order with nothing to put in order": (
        factors(HELP, order="williams"),
        "order: there is no within-subject factor to put in order",
        "williams\n",
    ),
    "material for no parts": (
        factors(HELP, material=SETS),
        "material: there is no within-subject factor it is for",
        "sets:",
    ),
    "a yoked condition as a part": (
        factors({**WITHIN, "levels": [level("a", condition="L1-A"), level("b", condition="L1-Y")]}),
        "conditions[1]: L1-Y replays a whole matched session and cannot be a part of one",
        "id: pilot",
    ),
    "material beside levels with problems": (
        factors({**RULES, "vary": "within"}, conditions=["NB"], material=SETS),
        "material: the levels set the problems already; remove one of the two",
        "sets:",
    ),
    "too few sets of material": (
        factors(
            {
                **WITHIN,
                "levels": [level(n, condition=c) for n, c in zip("abc", ("C0", "NB", "AD"), strict=True)],
            },
            material=SETS,
        ),
        "material.sets: 2 sets for 3 parts of a session; write 3 sets",
        "- - type-ii",
    ),
    "a problem in two sets": (
        factors(WITHIN, material={"sets": [["type-ii"], ["type-iv", "type-ii"]]}),
        "material.sets: a problem stands in two sets",
        "- - type-ii",
    ),
    "too many cells": (
        factors(HELP, *({**RULES, "id": f"f{n}"} for n in range(6))),
        "factors: 128 cells are more than 64",
        "- id: help",
    ),
    "a row of a square that is none": (
        factors(WITHIN, order={"rows": [[1, 2], [2, 2]]}),
        "order.rows[1]: row 2 is [2, 2], not each of the 2 cells once; write the numbers 1 to 2",
        "- 2\n    - 2",
    ),
    "a square with rows too many": (
        factors(WITHIN, order={"rows": [[1, 2], [2, 1], [1, 2]]}),
        "order.rows: 3 rows cannot be even over 2 cells; write a multiple of 2 rows",
        "- - 1",
    ),
    "a square that is no Latin square": (
        factors(WITHIN, order={"rows": [[1, 2], [1, 2]]}),
        "order.rows: place 1 has cell 1 2 times, not 1: no Latin square",
        "- - 1",
    ),
    "a hypothesis stands twice": (
        {"hypotheses": [{"id": "h", "text": "More."}, {"id": "h", "text": "Less."}]},
        "hypotheses[1]: 'h' stands here twice",
        "id: h\n  text: Less.",
    ),
    "a hypothesis on another condition": (
        {"hypotheses": [{"id": "h", "text": "More.", "contrast": ["NB", "C0"]}]},
        "hypotheses[0].contrast[1]: 'C0' is none of the protocol's conditions; listed are NB",
        "C0\n",
    ),
    "a stratum stands twice": (
        {"allocation": {**BLOCKS, "strata": [STRATUM, STRATUM]}},
        "allocation.strata[1]: 'prior' stands here twice",
        "id: prior",
    ),
    "minimisation of nothing": (
        {"allocation": {"method": "minimisation"}},
        "allocation.strata: minimisation needs something to balance; add `strata:`",
        "method: minimisation",
    ),
    "strata of a fixed allocation": (
        {"allocation": {"method": "fixed", "condition": "NB", "strata": [STRATUM]}},
        "allocation.strata: a fixed allocation balances nothing",
        "- id: prior",
    ),
    "an instrument stands twice in a phase": (
        {"instruments": {"post": ["fks", "fks"]}},
        "instruments.post[1]: 'fks' stands here twice",
        "fks\n",
    ),
    "trust from an instrument that is not asked": (
        {"instruments": {"trust_start": "jian.trust"}},
        "instruments.trust_start: 'jian.trust' is not asked before the lesson; add it to `pre:`",
        "jian.trust\n",
    ),
    "a purpose stands twice": (
        {"consent": ("purposes", ["more", "more"])},
        "consent.purposes[1]: 'more' stands here twice",
        "more\n",
    ),
    "a purpose every study has": (
        {"consent": ("purposes", ["camera"])},
        "consent.purposes[0]: 'camera' is asked in every study; remove it",
        "camera\n",
    ),
    "a person who is no parameter": (
        {"completion": {**SERVICE, "person": "ID"}},
        "completion.person: 'ID' is none of the parameters; write one of PID",
        "ID\n",
    ),
    "a service without https": (
        {"completion": {**SERVICE, "url": "http://example.org"}},
        "completion.url: 'http://example.org' is no https address; write https://...",
        "http://example.org\n",
    ),
    "an amendment stands twice": (
        {"amendments": [{"version": "2", "date": "2026-12-01", "reason": r} for r in ("one", "two")]},
        "amendments[1]: '2' stands here twice",
        "version: '2'\n  date: '2026-12-01'\n  reason: two",
    ),
}
"""What is wrong -> (keys changed in the pilot, what is said, what stands at the line and column of it)."""


def text(changes: dict[str, Any]) -> str:
    """The pilot's file with the changes; a pair under ``consent`` is one key of it."""
    consent = changes.get("consent")
    if isinstance(consent, tuple):
        changes = {**changes, "consent": {**as_mapping()["consent"], consent[0]: consent[1]}}
    return text_of(json.loads(json.dumps(changes)))  # no object twice: YAML would write anchors


def complaints(changes: dict[str, Any]) -> list[str]:
    with pytest.raises(BadFile) as caught:
        parse_protocol(text(changes), name="p.yml")
    return str(caught.value).split("\n")


def standing_at(complaint: str, whole: str) -> str:
    """The rest of the file from the place a complaint names."""
    _, line, column, _ = complaint.split(":", 3)
    lines = whole.split("\n")[int(line) - 1 :]
    return "\n".join([lines[0][int(column) - 1 :], *lines[1:]])


@pytest.mark.parametrize(("changes", "said", "place"), CASES.values(), ids=list(CASES))
def test_a_misfit_is_said_with_line_and_column(changes: dict[str, Any], said: str, place: str):
    found = [one for one in complaints(changes) if said in one]
    assert len(found) == 1, complaints(changes)
    assert standing_at(found[0], text(changes)).startswith(place), found[0]


MODULES = (checks_of_design, checks_of_flow)
IN_DESIGN = "square_misfits"
"""The one place outside of these modules where misfits of a design are made."""


def made_in(module: ModuleType, function: str | None = None) -> Iterator[tuple[str, int, int]]:
    """File, first and last line of every ``Misfit(...)`` in a module, or in one function of it."""
    tree: ast.AST = ast.parse(inspect.getsource(module))
    if function is not None:
        tree = next(
            one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == function
        )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Misfit":
            yield str(module.__file__), node.lineno, node.end_lineno or node.lineno


def test_every_misfit_of_design_and_flow_is_provoked_by_a_case(monkeypatch):
    met: set[tuple[str, int]] = set()

    def noting(*arguments: Any) -> Misfit:
        frame = sys._getframe(1)
        met.add((frame.f_code.co_filename, frame.f_lineno))
        return Misfit(*arguments)

    for module in (*MODULES, design):
        monkeypatch.setattr(module, "Misfit", noting)
    for changes, _, _ in CASES.values():
        complaints(changes)
    places = [one for module in MODULES for one in made_in(module)] + list(made_in(design, IN_DESIGN))
    assert len(places) > 20
    missed = [
        f"{file}:{first}"
        for file, first, last in places
        if not any(name == file and first <= line <= last for name, line in met)
    ]
    assert missed == []


def test_all_misfits_of_a_design_come_at_once():
    changes = factors(
        levels(level("a", condition="C0"), level("a", condition="C0")), design="mixed", order="random"
    )
    said = complaints(changes)
    assert len(said) == 3
    assert [
        word
        for word in ("stands here twice", "make it 'between'", "put in order")
        for one in said
        if word in one
    ]
    assert [int(one.split(":")[1]) for one in said] == sorted(int(one.split(":")[1]) for one in said)
