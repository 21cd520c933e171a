"""A study's protocol: the one file that says what is done with whom, read and checked whole.

It names the conditions and who gets which, what the tutor may look at, the lesson, every text of
consent, and the settings that differ from the defaults. Its text and sha256 go into every session's
log, so that a session can be replayed without the file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from studies.protocol.checks import Check, misfits_of, twice
from studies.protocol.design import Allocation, Factor, Material, Order, Square
from studies.protocol.flow import (
    Amendment,
    Completion,
    Enrolment,
    Hypothesis,
    Instruments,
    Resume,
    Sample,
    StopRule,
)
from studies.protocol.partial import behind
from studies.protocol.words import Baseline, Consent, Language, Name, Number, Words
from tutorbot.core.evidence import FACE_SOURCES, EvidenceSource
from tutorbot.core.settings import TutorSettings
from tutorbot.yaml_file import FileModel, Misfit, Misfits, parse_yaml, read_text

PROTOCOLS = Path(__file__).parents[1] / "protocols"
"""Folder of the protocols that come with the tool."""

GATED_SOURCES = FACE_SOURCES - {EvidenceSource.SIMULATED}
"""Sources that show a real face, and so stand behind the consent gate."""
DEFAULT_SOURCES = frozenset({EvidenceSource.SELF_REPORT, EvidenceSource.INTERACTION})


class Protocol(FileModel):
    """A whole protocol. ``text`` and ``sha256`` are those of the file it was read from.

    purpose: only ``research`` opens the camera gate. ethics_id: the ethics approval's number.
    test_only: for trying the system out; shows a banner, and its sessions are never data.
    objective: what AD weighs more, the learner's trust or keeping them focused.
    validity_probes: now and then the page asks how confused and frustrated the learner feels, to check the
        detector; the same rule in every condition.
    trust_model: what estimates trust: the rules, or the learned model that comes with the tool.
    conditions: may be left out where the factors' levels name them.
    design: may be stated, and is held against the factors then.
    order: in which the within-subject cells are met. material: parallel problems for them.
    device_check: the page looks at browser, screen, input and camera before the lesson.
    problems: which problems of the lesson, in this order; empty for all in the pack's own order.
    most_items: items per block at most; null for the pack's own number.
    debrief: what is read at the end, by language; the tool's own words where it is missing.
    settings: names of ``TutorSettings`` with other values. seed: of the allocation and the tutor.
    """

    id: Name
    version: Words
    title: Words
    purpose: Literal["research", "teaching", "demonstration"]
    ethics_id: Words | None = None
    test_only: bool = False
    contact: Words
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    hypotheses: tuple[Hypothesis, ...] = ()
    design: Literal["between", "within", "mixed"] | None = None
    factors: tuple[Factor, ...] = ()
    order: Order | Square = "fixed"
    material: Material | None = None
    conditions: Annotated[tuple[str, ...], Field(min_length=1)]
    allocation: Allocation
    sample: Sample | None = None
    enrolment: Enrolment = Enrolment()
    instruments: Instruments = Instruments()
    device_check: bool = False
    resume: Resume = Resume()
    completion: Completion | None = None
    stop_rule: StopRule = StopRule()
    objective: Literal["trust_first", "focus_first"] = "trust_first"
    validity_probes: bool = False
    trust_model: Literal["rules", "learned"] = "rules"
    evidence_sources: frozenset[EvidenceSource] = DEFAULT_SOURCES
    lesson: Name
    problems: tuple[Name, ...] = ()
    most_items: Annotated[int, Field(ge=1, le=1000)] | None = None
    consent: Consent
    baseline: Baseline
    debrief: dict[Language, tuple[Words, ...]] = Field(default_factory=dict)
    settings: dict[str, Number] = Field(default_factory=dict)
    amendments: tuple[Amendment, ...] = ()
    retention_until: dt.date
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)]

    _text: str = PrivateAttr("")

    @field_validator("evidence_sources", mode="before")
    @classmethod
    def _sources_stand_once(cls, given: object) -> object:
        if isinstance(given, list):
            _raise(twice((), given))
            if not given:
                raise ValueError("no evidence source is named; name at least interaction")
        return given

    @model_validator(mode="before")
    @classmethod
    def _conditions_of_the_levels(cls, given: Any) -> Any:
        """A design's conditions stand in its levels; listing them once more is allowed, not needed."""
        return _with_conditions(given)

    @model_validator(mode="after")
    def _parts_fit(self) -> Protocol:
        _raise(misfits_of(self))
        return self

    @property
    def text(self) -> str:
        """The file as it was read."""
        return self._text

    @property
    def sha256(self) -> str:
        """Hash of the file's bytes, hexadecimal."""
        return hashlib.sha256(self._text.encode()).hexdigest()

    @property
    def camera_sources(self) -> frozenset[EvidenceSource]:
        """The sources among its evidence that show a real face."""
        return self.evidence_sources & GATED_SOURCES

    def camera_sources_of(self, *, robot: bool) -> frozenset[EvidenceSource]:
        """Those of them that are the robot's camera, or all the others."""
        robots = frozenset({EvidenceSource.ROBOT_CAMERA})
        return self.camera_sources & robots if robot else self.camera_sources - robots

    def tutor_settings(self) -> TutorSettings:
        """The tutor's settings with this protocol's values in place."""
        return TutorSettings().overridden({**self.settings, "baseline_s": self.baseline.seconds})


def load_protocol(path: Path) -> Protocol:
    """Read and check a protocol file. Raises: BadFile, naming every problem with line and column."""
    return parse_protocol(read_text(path), name=str(path))


class _Some(FileModel):
    """A protocol with those of its fields that can be read; to ask for another one raises AttributeError."""

    camera_sources: ClassVar[Any] = Protocol.camera_sources
    camera_sources_of: ClassVar[Any] = Protocol.camera_sources_of


def parse_protocol(text: str, *, name: str, further: Iterable[Check] = ()) -> Protocol:
    """The same for a text already at hand, e.g. out of a log. Raises: BadFile.

    further: asked where there are mistakes, so that theirs are told in one go.
    """
    more = behind(Protocol, base=_Some, prepare=_with_conditions, further=further)
    protocol = parse_yaml(text, Protocol, name=name, behind=more)
    protocol._text = text
    return protocol


def _raise(misfits: Iterable[Misfit]) -> None:
    found = tuple(misfits)
    if found:
        raise Misfits(found)


def _with_conditions(given: Any) -> Any:
    if isinstance(given, dict) and given.get("conditions") is None and given.get("factors"):
        named = dict.fromkeys(_named_conditions(given["factors"]))
        return {**given, "conditions": list(named)}
    return given


def _named_conditions(factors: Any) -> Iterable[str]:
    """Conditions in levels as they stand in the file, whatever else is wrong with it."""
    for factor in factors if isinstance(factors, list | tuple) else ():
        levels = factor.get("levels") if isinstance(factor, dict) else None
        for level in levels if isinstance(levels, list | tuple) else ():
            condition = level.get("condition") if isinstance(level, dict) else None
            if isinstance(condition, str):
                yield condition
