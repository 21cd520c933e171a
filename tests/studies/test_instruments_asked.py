"""Instruments in a protocol: what the tutor is told to ask, and what `studies check` finds wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from studies.cli import app
from studies.instruments import load_instrument
from studies.instruments.asked import questionnaires, trust_start
from studies.instruments.template import write_template
from studies.protocol import PROTOCOLS, Protocol, load_protocol
from tutorbot.core.questionnaires import Question
from tutorbot.errors import BadInput

LEVELS = (PROTOCOLS / "levels.yml").read_text(encoding="utf-8")


def study(tmp_path: Path, more: str) -> Path:
    """The shipped protocol ``levels`` with keys added at its end."""
    path = tmp_path / "mine.yml"
    path.write_text(LEVELS + more, encoding="utf-8")
    return path


def protocol(tmp_path: Path, more: str) -> Protocol:
    return load_protocol(study(tmp_path, more))


def check(path: Path) -> Result:
    return CliRunner().invoke(app, ["check", str(path)])


def test_the_tutor_asks_the_items_with_their_scales_and_checks(tmp_path: Path):
    asked = questionnaires(protocol(tmp_path, "instruments: {pre: [ati], post: [fks, attention-1]}\n"))
    assert [one.instrument for one in (*asked.pre, *asked.block, *asked.post)] == [
        "ati",
        "fks",
        "attention-1",
    ]
    assert asked.pre[0].item("ati-3") == Question(item_id="ati-3", low=1.0, high=6.0, reversed=True)
    assert asked.post[1].item("choose-2") == Question(item_id="choose-2", low=1.0, high=5.0, expected="2")
    assert not any(item.required for one in asked.post for item in one.items)


def test_what_may_not_apply_is_offered_so(tmp_path: Path):
    asked = questionnaires(protocol(tmp_path, "instruments: {post: [mdmt]}\n"))
    assert all(item.may_not_apply for item in asked.post[0].items)


def test_trust_starts_from_a_total_or_from_one_score(tmp_path: Path):
    start = trust_start(protocol(tmp_path, "instruments: {pre: [jian], trust_start: jian.trust}\n"))
    assert start is not None
    assert start.items == tuple(f"jian-{n}" for n in range(6, 13))
    whole = trust_start(protocol(tmp_path, "instruments: {pre: [trust-1], trust_start: trust-1}\n"))
    assert whole is not None
    assert whole.items == ("trust",)
    assert trust_start(protocol(tmp_path, "")) is None
    with pytest.raises(BadInput, match="has no total"):
        trust_start(protocol(tmp_path, "instruments: {pre: [jian], trust_start: jian}\n"))


def test_a_protocol_whose_instruments_are_all_there_passes(tmp_path: Path):
    more = "instruments: {pre: [trust-1], post: [fks], trust_start: trust-1}\n"
    more += "hypotheses:\n  - {id: h1, text: t, measure: fks.absorption, contrast: [AD, C0]}\n"
    result = check(study(tmp_path, more))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "instruments: {post: [fsk]}",
            r"instruments\.post\[0\]: There is no instrument 'fsk'; did you mean `fks`\? Shipped",
        ),
        (
            "instruments: {post: [fks, toast]}",
            r"instruments\.post\[1\]: Instrument 'toast' has no texts in 'en'",
        ),
        ("instruments: {pre: [trust-1], trust_start: trust-1.joy}", r"trust_start: .* has no score 'joy'"),
        (
            "hypotheses: [{id: h1, text: t, measure: fks.worry}]",
            r"measure: 'fks\.worry' is not asked in this",
        ),
        (
            "instruments: {post: [fks]}\nhypotheses: [{id: h1, text: t, measure: fks.joy}]",
            r"hypotheses\[0\]\.measure: Instrument 'fks' has no score 'joy'; its scores: fks\.fluency",
        ),
        ("instruments: {post: [fks], texts: none}", r"There is no folder '.*none' with texts"),
    ],
)
def test_what_does_not_fit_is_told_with_line_and_column(tmp_path: Path, more: str, said: str):
    result = check(study(tmp_path, more + "\n"))
    assert result.exit_code == 1
    assert re.search(rf"mine\.yml:\d+:\d+: .*{said}", result.stderr), result.stderr


def test_the_labs_words_beside_the_protocol_are_found(tmp_path: Path):
    path = write_template(load_instrument("toast"), "en", tmp_path / "texts")
    more = "instruments: {post: [toast], texts: texts}\n"
    unfilled = check(study(tmp_path, more))
    assert unfilled.exit_code == 1
    assert re.search(r"texts/toast\.en\.yml:\d+:\d+: .*still says 'FILL IN'", unfilled.stderr)
    path.write_text(path.read_text(encoding="utf-8").replace("FILL IN", "Words"), encoding="utf-8")
    assert check(study(tmp_path, more)).exit_code == 0
