"""A protocol file is right as a whole or every mistake in it is named; the camera gate holds."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.allocation import condition_for
from studies.protocol import PROTOCOLS, Protocol, camera_gate, load_protocol, parse_protocol, warnings_of
from studies.setting_ranges import RANGES, setting_misfits
from tests.studies.protocols import as_mapping
from tests.studies.protocols import protocol as shipped
from tutorbot.core.evidence import EvidenceSource
from tutorbot.core.settings import TutorSettings
from tutorbot.errors import BadFile, CameraRefused

PILOT = PROTOCOLS / "pilot.yml"
CAMERA = PROTOCOLS / "pilot-camera.yml"
TODAY = dt.date(2026, 11, 24)


def changed(old: str, new: str, *, of: Path = PILOT) -> str:
    text = of.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    return text.replace(old, new)


def complaint(text: str) -> str:
    with pytest.raises(BadFile) as caught:
        parse_protocol(text, name="p.yml")
    return str(caught.value)


def protocol(**changes: Any) -> Protocol:
    """The camera pilot with some fields replaced, checked afresh."""
    whole = load_protocol(CAMERA).model_dump()
    return Protocol.model_validate({**whole, **changes})


# ------------------------------------------------------------------------ the two pilots


def test_the_pilot_needs_no_camera_and_starts_none():
    pilot = load_protocol(PILOT)
    assert (pilot.id, pilot.conditions, pilot.test_only) == ("pilot", ("NB",), False)
    assert pilot.evidence_sources == {EvidenceSource.SELF_REPORT, EvidenceSource.INTERACTION}
    assert pilot.tutor_settings() == TutorSettings()
    with pytest.raises(CameraRefused, match=r"names no camera.*no ethics_id"):
        camera_gate(pilot, camera_consent=True)


def test_the_camera_pilot_is_for_testing_and_shortened():
    pilot = load_protocol(CAMERA)
    assert (pilot.id, pilot.test_only, condition_for(pilot, 1)) == ("pilot-camera", True, "AD")
    assert pilot.camera_sources == {
        EvidenceSource.WEBCAM,
        EvidenceSource.ROBOT_CAMERA,
        EvidenceSource.RECORDING,
    }
    shortened, shipped = pilot.tutor_settings(), TutorSettings()
    assert shortened.baseline_s == 5.0
    assert shortened.dwell_confusion_s < shipped.dwell_confusion_s
    assert shortened.rest_s < shipped.rest_s
    camera_gate(pilot, camera_consent=True)


@pytest.mark.parametrize("path", [PILOT, CAMERA])
def test_the_shipped_consent_says_what_it_must(path: Path):
    text = load_protocol(path).consent.texts["en"]
    whole = " ".join((*text.paragraphs, *text.points))
    for needed in ("at least 18", "voluntary", "without giving a reason", "stored", "computer program"):
        assert needed in whole


def test_the_camera_paragraph_says_it_is_a_choice_and_no_picture_is_kept():
    camera = load_protocol(CAMERA).consent.texts["en"].camera or ""
    for needed in ("you can say no", "switch it off at any time", "never stored", "once a second", "wrong"):
        assert needed in camera


def test_text_and_hash_are_the_file_s_own():
    pilot = load_protocol(PILOT)
    assert pilot.text.encode() == PILOT.read_bytes()
    assert pilot.sha256 == hashlib.sha256(PILOT.read_bytes()).hexdigest()
    assert parse_protocol(pilot.text, name="log") == pilot


# ----------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("old", "new", "line_has", "said"),
    [
        ("conditions: [NB]", "conditions: [NB, ZZ]", "conditions", "no condition 'ZZ'; known are C0, L1-A"),
        ("conditions: [NB]", "conditions: [NB, NB]", "conditions", "'NB' stands here twice"),
        ("  condition: NB", "  condition: AD", "  condition:", "none of the protocol's conditions"),
        ("  condition: NB\n", "", "allocation", "needs a condition"),
        ("method: fixed", "method: permuted_blocks", "  condition:", "gives all conditions"),
        ("method: fixed", "method: dice", "  method", "'fixed', 'permuted_blocks' or 'minimisation'"),
        ("settings: {}", "settings: {rest: 9}", "settings", "no setting 'rest'; known are act_expires_s"),
        ("settings: {}", "settings: {baseline_s: 9}", "settings", "set baseline: seconds:"),
        ("settings: {}", "settings: {most_acts: 1.5}", "settings", "1.5 is not a whole number"),
        ("settings: {}", "settings: {rest_s: -1}", "settings", "-1 is below 0; write 0 to 86400"),
        ("settings: {}", "settings: {rest_s: .nan}", "settings", "finite"),
        ("settings: {}", "settings: {rest_s: true}", "settings", "valid number, but it is True"),
        ("settings: {}", "settings: {rest_s: 90000000}", "settings", "90000000 is above 86400"),
        (
            "settings: {}",
            "settings: {enter: 0.4}",
            "settings",
            "leave (0.5, as shipped) is above enter (0.4); lower leave or raise enter",
        ),
        (
            "settings: {}",
            "settings: {trust_low: 4.5}",
            "settings",
            "trust_low (4.5) is above trust_mid (4, as shipped); lower trust_low or raise trust_mid",
        ),
        ("settings: {}", "settings: {trust_start: 99}", "settings", "99 is above 5; write 1 to 5"),
        ("settings: {}", "settings: {trust_declined: 0.3}", "settings", "0.3 is above 0; write -4 to 0"),
        ("settings: {}", "settings: {enter: 65}", "settings", "65 is above 1; write 0 to 1"),
        ("settings: {}", "settings: {slow_factor: 0.5}", "settings", "0.5 is below 1"),
        (
            "settings: {}",
            "settings: {most_acts: 0}",
            "settings",
            "0 is below 1; write 1 to 1000; for a tutor that never speaks up name condition C0",
        ),
        ("[self_report, interaction]", "[webcam]", "    en:\n      title: Taking", "add `camera:` here"),
        ("[self_report, interaction]", "[telepathy]", "evidence_sources", "'self_report', 'interaction'"),
        ("[self_report, interaction]", "[]", "evidence_sources", "name at least interaction"),
        ("languages: [en]", "languages: [en, de]", "  texts:", "no text in 'de'; add `de:` here"),
        ("purpose: research", "purpose: grading", "purpose", "'research', 'teaching' or 'demonstration'"),
        ("seed: 20261", "seed: -1", "seed", "greater than or equal to 0"),
        ("id: pilot\n", "id: My Pilot\n", "id", "'My Pilot' is not an id"),
        ("retention_until: 2036-12-31", "retention_until: 2036-13-31", "retention_until", "month"),
        ("seed: 20261", "sed: 20261", "sed", "did you mean `seed`?"),
    ],
)
def test_a_mistake_is_named_at_its_line(old: str, new: str, line_has: str, said: str):
    text = changed(old, new)
    found = complaint(text)
    assert said in found
    lines = [int(line.split(":")[1]) for line in found.split("\n") if said in line]
    place = text.index(line_has) if "\n" in line_has else text.index(f"\n{line_has}") + 1
    assert lines[0] - text.count("\n", 0, place) - 1 in (0, 1)  # a mapping stands where its first key does


def test_every_setting_has_a_range_and_its_shipped_value_lies_in_it():
    shipped = {field.name: getattr(TutorSettings(), field.name) for field in fields(TutorSettings)}
    shipped.pop("baseline_s")
    assert set(RANGES) == set(shipped)
    assert list(setting_misfits(shipped)) == []


@given(st.sampled_from(sorted(RANGES)), st.floats(-6, 6) | st.floats(-1e6, 1e6) | st.integers(-3, 1100))
def test_a_setting_that_passes_lies_in_its_range_and_order(name: str, value: float):
    whole = {**vars_of(TutorSettings()), name: value}
    passed = not list(setting_misfits({name: value}))
    in_range = RANGES[name].least <= value <= RANGES[name].most
    in_order = whole["leave"] <= whole["enter"] and whole["trust_low"] <= whole["trust_mid"]
    is_int = isinstance(getattr(TutorSettings(), name), int)
    assert passed == (in_range and in_order and (value == int(value) or not is_int))


def vars_of(settings: TutorSettings) -> dict[str, float]:
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


def test_each_wrong_setting_stands_at_its_own_column():
    text = changed("settings: {}", "settings: {trust_start: 99, most_acts: 0, leave: 0.9}")
    line = text[: text.index("settings: {trust")].count("\n") + 1
    places = [one.split(": ")[0] for one in complaint(text).split("\n")]
    assert places == [f"p.yml:{line}:{column}" for column in (25, 40, 50)]


def test_all_mistakes_come_at_once():
    text = changed("conditions: [NB]", "conditions: [XX, YY]").replace("settings: {}", "settings: {a: 1}")
    found = complaint(text)
    assert len(found.split("\n")) == 4  # two conditions, the allocation's, the setting


# ---------------------------------------------------------------------------- the gate


def test_the_gate_opens_for_research_with_approval_and_consent():
    camera_gate(protocol(test_only=False, ethics_id="EK 12/2026"), camera_consent=True)


@pytest.mark.parametrize(
    ("changes", "consent", "said", "not_said"),
    [
        ({"test_only": False}, True, ["no ethics_id"], ["purpose", "consent is"]),
        ({"test_only": False, "ethics_id": "EK 1"}, False, ["consent is not on record"], ["ethics"]),
        ({"test_only": True}, False, ["consent is not on record"], ["ethics", "purpose"]),
        ({"purpose": "teaching", "ethics_id": "EK 1"}, True, ["purpose is 'teaching'"], ["ethics"]),
        ({"purpose": "demonstration"}, True, ["purpose is 'demonstration'"], ["ethics"]),
        (
            {"purpose": "teaching", "test_only": False},
            False,
            ["purpose is 'teaching'", "no ethics_id", "consent is not on record"],
            [],
        ),
    ],
)
def test_the_gate_stays_shut_and_says_all_that_is_missing(
    changes: dict[str, Any], consent: bool, said: list[str], not_said: list[str]
):
    with pytest.raises(CameraRefused) as caught:
        camera_gate(protocol(**changes), camera_consent=consent)
    for word in said:
        assert word in str(caught.value)
    for word in not_said:
        assert word not in str(caught.value)


@pytest.mark.parametrize(
    ("sources", "page", "robot"),
    [
        (["webcam", "interaction"], None, "names no robot_camera"),
        (["robot_camera", "interaction"], "names no camera of the page", None),
        (["webcam", "robot_camera"], None, None),
        (["interaction"], "names no camera among", "names no robot_camera"),
    ],
)
def test_the_pages_camera_and_the_robots_have_a_gate_each(
    sources: list[str], page: str | None, robot: str | None
):
    given = shipped("pilot-camera", evidence_sources=[*sources, "wizard"])
    for said, whose in ((page, False), (robot, True)):
        if said is None:
            camera_gate(given, camera_consent=True, robot=whose)
        else:
            with pytest.raises(CameraRefused, match=said):
                camera_gate(given, camera_consent=True, robot=whose)


def test_the_robots_camera_needs_a_paragraph_of_its_own():
    consent = as_mapping("pilot-camera")["consent"]
    del consent["texts"]["en"]["robot_camera"]
    with pytest.raises(BadFile, match="a robot camera is among the evidence_sources") as told:
        shipped("pilot-camera", consent=consent)
    assert "add `robot_camera:` here" in str(told.value)


# --------------------------------------------------------------------------- warnings


def test_what_should_be_settled_first_is_noted():
    notes = "\n".join(warnings_of(load_protocol(PILOT), today=TODAY))
    assert "contact still says 'FILL IN'" in notes
    assert "no ethics_id" in notes
    settled = protocol(test_only=False, ethics_id="EK 1", contact="A. Person, a@example.org")
    assert warnings_of(settled, today=TODAY) == ()


def test_a_retention_date_that_is_over_and_a_camera_nobody_uses_are_noted():
    old = protocol(
        retention_until=dt.date(2026, 11, 23),
        conditions=("NB",),
        allocation={"method": "fixed", "condition": "NB"},
    )
    notes = "\n".join(warnings_of(old, today=TODAY))
    assert "retention_until 2026-11-23 is over" in notes
    assert "none of the conditions uses a face" in notes
    restless = "\n".join(warnings_of(protocol(settings={"rest_s": 20.0}), today=TODAY))
    assert "escalation_after_s (30) is not below rest_s (20)" in restless
    assert "is over" not in "\n".join(warnings_of(old, today=dt.date(2026, 11, 23)))


# -------------------------------------------------------------------------- allocation


def blocks(seed: int, per_block: int) -> Protocol:
    return protocol(
        conditions=("C0", "AD", "NB"),
        allocation={"method": "permuted_blocks", "per_block": per_block},
        seed=seed,
    )


@given(seed=st.integers(0, 2**31 - 1), per_block=st.integers(1, 3), n_blocks=st.integers(1, 4))
def test_every_block_holds_every_condition_equally_often(seed: int, per_block: int, n_blocks: int):
    plan = blocks(seed, per_block)
    size = 3 * per_block
    for block in range(n_blocks):
        given_ = Counter(condition_for(plan, n) for n in range(block * size + 1, (block + 1) * size + 1))
        assert given_ == {"C0": per_block, "AD": per_block, "NB": per_block}


def test_the_list_is_the_same_on_every_machine_and_differs_by_seed_and_block():
    plan = [condition_for(blocks(7, 1), n) for n in range(1, 10)]
    assert plan == ["C0", "NB", "AD", "NB", "AD", "C0", "C0", "AD", "NB"]
    assert plan != [condition_for(blocks(8, 1), n) for n in range(1, 10)]
    assert len({tuple(plan[start : start + 3]) for start in (0, 3, 6)}) > 1


@given(seed=st.integers(0, 2**31 - 1), per_block=st.integers(1, 3))
def test_a_yoked_condition_comes_after_one_of_its_match_in_every_block(seed: int, per_block: int):
    plan = protocol(
        conditions=("L2-Y", "AD", "L2-A", "L1-Y", "L1-A"),
        allocation={"method": "permuted_blocks", "per_block": per_block},
        seed=seed,
    )
    order = [condition_for(plan, n) for n in range(1, 5 * per_block + 1)]
    assert Counter(order) == dict.fromkeys(plan.conditions, per_block)
    for level in ("L1", "L2"):
        pair = [name for name in order if name.startswith(level)]
        assert pair == [f"{level}-A", f"{level}-Y"] * per_block


@pytest.mark.parametrize(
    ("conditions", "allocation"),
    [
        (("L2-Y", "AD"), {"method": "permuted_blocks"}),
        (("L2-Y", "L2-A"), {"method": "fixed", "condition": "L2-Y"}),
    ],
)
def test_a_yoked_condition_needs_somebody_in_its_match(
    conditions: tuple[str, ...], allocation: dict[str, object]
):
    with pytest.raises(ValueError, match="L2-Y replays the times of finished L2-A sessions"):
        protocol(conditions=conditions, allocation=allocation)


@pytest.mark.parametrize("n", [0, -1])
def test_participants_are_counted_from_one(n: int):
    with pytest.raises(ValueError, match="from 1"):
        condition_for(load_protocol(PILOT), n)
