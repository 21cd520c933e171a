"""`studies check`: the whole design in lines, what should be settled, and what it names but is not there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from studies.allocation import list_hash
from studies.cli import app
from studies.instruments.loader import load_instrument
from studies.instruments.template import write_template
from studies.planning.burden import HEADING_S, ITEM_S, minutes
from studies.protocol import PROTOCOLS, load_protocol, warnings_of
from studies.protocol.arms import arms, n_sequences
from studies.protocol.notes import block_size
from tests.studies.protocols import HELP, RULES, as_mapping, level, protocol, text_of, three_by_two

STRATUM = {
    "id": "prior",
    "title": {"en": "Been here?", "de": "Schon einmal hier?"},
    "options": {"yes": {"en": "Yes", "de": "Ja"}, "no": {"en": "No", "de": "Nein"}},
}
WITHIN = {**HELP, "vary": "within"}
BLOCKS = {"method": "permuted_blocks"}


def check(*names: object) -> Result:
    return CliRunner().invoke(app, ["check", *(str(name) for name in names)])


def file(tmp_path: Path, study: str = "three-by-two", **changes: Any) -> Path:
    path = tmp_path / "mine.yml"
    path.write_text(text_of(json.loads(json.dumps(changes)), study), encoding="utf-8")
    return path


def lines(result: Result, label: str) -> list[str]:
    """What stands behind a label, once for each line that has it."""
    assert result.exit_code == 0, result.output
    return [one[14:] for one in result.output.splitlines() if one[2:14].strip() == label]


def notes(**changes: Any) -> str:
    made = protocol(**changes)
    return "\n".join(warnings_of(made, today=made.retention_until))


# ------------------------------------------------------------------------ the lines


def test_every_shipped_protocol_checks_clean():
    shipped = sorted(path.stem for path in PROTOCOLS.glob("*.yml"))
    assert shipped == ["levels", "pilot", "pilot-camera", "three-by-two", "within"]
    done = check(*shipped)
    assert done.exit_code == 0
    assert re.findall(r"^(\S+): \1 1, ", done.output, re.MULTILINE) == shipped


def test_a_factorial_design_is_shown_whole():
    done = check("three-by-two")
    study = load_protocol(PROTOCOLS / "three-by-two.yml")
    assert lines(done, "design") == ["between participants: 3 x 2 = 6 cells"]
    assert lines(done, "factor")[0] == (
        "help (between), Proactive help: none = C0; notify = L1-A; adaptive = NB"
    )
    assert len(lines(done, "cell")) == 6
    assert "help=adaptive rules=complex: NB; type-iv" in lines(done, "cell")
    assert list_hash(study)[:12] in lines(done, "allocation")[0]
    assert lines(done, "sample")[0].startswith("60 planned, nobody taken in beyond; open to whoever")
    assert lines(done, "consent") == ["text 1; participation, sharing; languages en, de"]
    assert lines(done, "checks") == ["browser, screen, input and camera before the lesson"]
    assert lines(done, "pre") == ["trust-1 (1 item); under 1 min"]
    assert lines(done, "post") == ["fks (13 items), attention-1 (1 item); about 2 min"]
    assert lines(done, "resume") == ["back after 60 min or more: restart_block; sooner: goes on"]
    assert [one.partition(":")[0] for one in lines(done, "hypothesis")] == ["h1", "h2"]
    assert "[concentration, NB > C0]" in lines(done, "hypothesis")[0]
    assert lines(done, "keep until") == ["2036-12-31"]
    assert lines(done, "sha256") == [study.sha256]
    assert lines(done, "order") == lines(done, "amendment") == []


def test_orders_material_and_blocks_of_a_within_design_are_shown():
    done = check("within")
    assert lines(done, "design") == ["within participants: 2 cells"]
    assert lines(done, "order") == [
        "2 parts in the orders of a Latin square; 4 sequences (with the material)"
    ]
    assert lines(done, "material") == ["type-iii | type-v; rotate"]
    assert lines(done, "block") == ["fks (13 items) x 2; about 4 min"]


def test_strata_completion_and_amendments_are_shown(tmp_path: Path):
    path = file(
        tmp_path,
        allocation={**BLOCKS, "strata": [STRATUM]},
        enrolment={"by": "links", "hold_min": 20, "away_h": 12},
        completion={
            "service": "prolific",
            "parameters": ["PID"],
            "person": "PID",
            "completed": "C1",
            "url": "https://example.org/{code}",
        },
        amendments=[{"version": "1b", "date": "2026-12-01", "reason": "A longer baseline."}],
        validity_probes=True,
    )
    done = check(path)
    assert lines(done, "allocation")[0].startswith(
        "permuted_blocks over 6 groups; strata prior: yes, no (2 lists); list hash "
    )
    assert "by personal link only; a place is held 20 min before consent, 12 h away" in done.output
    assert lines(done, "completion") == ["prolific; codes for completed, and a link back"]
    assert lines(done, "amendment") == ["1b, 2026-12-01: A longer baseline."]
    assert lines(done, "probes") == [
        "trust and concentration after each board; confusion and frustration now and then"
    ]


def test_a_mixed_design_names_groups_and_parts(tmp_path: Path):
    path = file(
        tmp_path,
        "three-by-two",
        factors=[WITHIN, {**RULES, "vary": "between"}],
        design="mixed",
        order="williams",
        lesson="card-sorting",
    )
    done = check(path)
    assert lines(done, "design") == ["mixed participants: 3 x 2 = 6 cells, 2 groups of participants"]
    assert lines(done, "order") == ["3 parts in the orders of a Williams square; 6 sequences"]


def test_minutes_are_items_and_headings_by_the_rule_of_thumb():
    fks = load_instrument("fks")
    assert minutes((fks,)) == pytest.approx((HEADING_S + 13 * ITEM_S["scale"]) / 60)
    assert minutes((fks, fks)) == pytest.approx(2 * minutes((fks,)))
    assert minutes(()) == 0


# ------------------------------------------------------------------------ mistakes of what it names


@pytest.mark.parametrize(
    ("changes", "said", "line_has"),
    [
        (
            {"instruments": {"pre": ["trust-2"]}},
            "instruments.pre[0]: There is no instrument 'trust-2'",
            "trust-2",
        ),
        (
            {"material": {"sets": [["type-iii"], ["type-x"]]}},
            "material.sets[1][0]: Lesson 'shj' has no problem 'type-x'",
            "type-x",
        ),
        (
            {"hypotheses": [{"id": "h", "text": "More.", "measure": "hct"}]},
            "hypotheses[0].measure: 'hct' is not asked",
            "measure: hct",
        ),
        ({"lesson": "shy"}, "lesson: There is no lesson pack 'shy'", "lesson: shy"),
    ],
)
def test_what_is_named_and_not_there_is_said_at_its_place(
    tmp_path: Path, changes: dict[str, Any], said: str, line_has: str
):
    path = file(tmp_path, "within", **changes)
    done = check(path)
    assert done.exit_code == 1
    found = next(one for one in done.output.splitlines() if said in one)
    line, column = (int(one) for one in re.findall(r"mine\.yml:(\d+):(\d+):", found)[0])
    at = path.read_text(encoding="utf-8").splitlines()[line - 1]
    assert line_has in at
    assert column == at.index(line_has.rpartition(" ")[2]) + 1


def test_a_problem_a_level_names_and_the_lesson_lacks_is_said_at_the_level(tmp_path: Path):
    rules = {**RULES, "levels": [level("simple", problems=["type-i"]), level("odd", problems=["type-x"])]}
    done = check(file(tmp_path, factors=[HELP, rules]))
    assert done.exit_code == 1
    assert "factors[1].levels[1].problems[0]: Lesson 'shj' has no problem 'type-x'" in done.output


# ------------------------------------------------------------------------ notes


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"factors": [HELP, RULES], "allocation": BLOCKS}, 6),
        ({"factors": [HELP, RULES], "allocation": {**BLOCKS, "per_block": 2}}, 12),
        ({"factors": [WITHIN, RULES], "order": "williams", "allocation": BLOCKS}, 12),
        ({"factors": [WITHIN, RULES], "order": "williams", "allocation": {**BLOCKS, "per_block": 4}}, 24),
        ({"factors": [WITHIN], "order": "random", "allocation": BLOCKS}, 1),
    ],
)
def test_a_sample_that_leaves_cells_uneven_is_noted(changes: dict[str, Any], size: int):
    changes = json.loads(json.dumps({**changes, "conditions": None}))
    made = protocol(**changes)
    assert block_size(made) == size
    assert size % (len(arms(made)) * made.allocation.per_block) == 0
    assert size // len(arms(made)) % (n_sequences(made) or 1) == 0
    assert "is not a multiple" not in notes(**changes, sample={"n": 2 * size})
    if size > 1:
        said = notes(**changes, sample={"n": 2 * size + 1})
        assert f"sample n {2 * size + 1} is not a multiple of {size} " in said
        assert f"{2 * size} or {3 * size} would be even" in said


def test_problems_that_are_met_twice_are_noted():
    within: dict[str, Any] = {"factors": [WITHIN], "conditions": None, "allocation": BLOCKS}
    assert "meets all problems of the lesson in more than one part" in notes(**within)
    assert "meets type-ii in more than one part" in notes(**within, problems=["type-ii"])
    crossed = json.loads(json.dumps({**within, "factors": [WITHIN, {**RULES, "vary": "within"}]}))
    assert "meets type-ii, type-iv in more than one part" in notes(**crossed)
    parallel = {"sets": [["type-ii"], ["type-iv"], ["type-i"]]}
    assert "in more than one part" not in notes(**within, material=parallel)
    assert "in more than one part" not in "\n".join(
        warnings_of(three_by_two(), today=three_by_two().retention_until)
    )


def test_yoked_conditions_are_noted_as_filling_last():
    said = notes(conditions=["L1-A", "L1-Y"], allocation=BLOCKS)
    assert "L1-Y: given only once a session of the match (-A) is finished" in said
    assert "is finished" not in notes(conditions=["C0", "L1-A"], allocation=BLOCKS)


@pytest.mark.parametrize(
    ("enrolment", "resume", "said"),
    [
        ({"hold_min": 2}, {}, "enrolment.hold_min 2: who reads the consent text for longer loses the place"),
        ({"hold_min": 90, "away_h": 1.2}, {}, "enrolment.hold_min (90 min) is longer than away_h (72 min)"),
        ({"away_h": 2}, {"after_min": 120}, "resume.after_min (120) is not below enrolment.away_h (120 min)"),
    ],
)
def test_times_of_enrolment_that_defeat_each_other_are_noted(
    enrolment: dict[str, float], resume: dict[str, float], said: str
):
    assert said in notes(enrolment=enrolment, resume=resume)
    assert said.partition(" ")[0] not in notes()


def test_a_key_from_memory_or_seen_in_part_and_long_questionnaires_are_noted(tmp_path: Path):
    for name in ("ati", "mdmt", "sssq"):
        own = write_template(load_instrument(name), "en", tmp_path / "texts")
        own.write_text(own.read_text(encoding="utf-8").replace("FILL IN", "Words"), encoding="utf-8")
    many = ["fks", "ati", "mdmt", "sssq", "concentration-1", "trust-1", "attention-1"]
    asked = {"pre": many, "block": many, "post": many, "texts": "texts"}
    done = check(file(tmp_path, "within", instruments=asked))
    assert done.exit_code == 0, done.output
    assert done.output.count("note: sssq: its key is from memory; compare it with the publication") == 1
    assert done.output.count("note: mdmt: its key is seen in part; compare it with the publication") == 1
    assert "ati: its key" not in done.output
    assert re.search(r"note: questionnaires take about \d+ min in all", done.output)
    assert "note: 65 items are asked 2 times during the lesson" in done.output
    assert "its key is" not in check("within").output
    assert "min in all" not in check("within").output


def test_words_still_to_be_filled_in_are_noted_wherever_they_stand():
    consent = as_mapping("within")["consent"]
    consent["texts"]["en"]["purposes"]["sharing"] = "FILL IN: with whom"
    made = protocol(
        "within",
        consent=consent,
        debrief={"en": ["FILL IN"]},
        hypotheses=[{"id": "h", "text": "FILL IN"}],
    )
    said = "\n".join(warnings_of(made, today=made.retention_until))
    for place in ("consent.texts.en", "debrief.en", "hypothesis h"):
        assert f"{place} still says 'FILL IN'" in said
