"""A study's protocol: the one file that says what is done with whom, read and checked whole.

It names the conditions and who gets which, what the tutor may look at, the lesson, every text of
consent, and the settings that differ from the defaults. Its text and sha256 go into every session's
log, so that a session can be replayed without the file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, StringConstraints, field_validator, model_validator

from studies.setting_ranges import setting_misfits
from tutorbot.core.evidence import FACE_SOURCES, EvidenceSource
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies import STRATEGIES
from tutorbot.errors import CameraRefused
from tutorbot.yaml_file import FileModel, Misfit, Misfits, parse_yaml, read_text

PROTOCOLS = Path(__file__).parent / "protocols"
"""The protocols that come with the tool: ``pilot.yml`` and ``pilot-camera.yml``."""

KNOWN_CONDITIONS = tuple(STRATEGIES)
GATED_SOURCES = FACE_SOURCES - {EvidenceSource.SIMULATED}
"""Sources that show a real face, and so stand behind the consent gate."""
DEFAULT_SOURCES = frozenset({EvidenceSource.SELF_REPORT, EvidenceSource.INTERACTION})
PLACEHOLDER = "FILL IN"
"""Stands in the shipped protocols where only the researcher can know the words."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Number = Annotated[float, Field(strict=True)]
"""A number as it is written: no ``yes``, no text in quotes."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]


class ConsentText(FileModel):
    """What a learner reads before anything begins, in one language.

    paragraphs: what the study is and does. points: what the learner agrees to, one statement each.
    camera: the paragraph beside the separate camera choice; needed where a camera may be used.
    """

    title: Words
    paragraphs: Annotated[tuple[Words, ...], Field(min_length=1)]
    points: Annotated[tuple[Words, ...], Field(min_length=1)]
    camera: Words | None = None


class Consent(FileModel):
    """The consent texts; ``version`` changes with every change of a word and is logged with the answer."""

    version: Words
    texts: dict[Language, ConsentText]


class BaselineText(FileModel):
    """The neutral text that is read while the person's own baseline is taken."""

    title: Words
    text: Words


class Baseline(FileModel):
    """How long the learner reads, and what. seconds: 1..600."""

    seconds: Annotated[float, Field(ge=1, le=600)] = 60.0
    texts: dict[Language, BaselineText]


class Allocation(FileModel):
    """Who gets which condition.

    fixed: everybody gets ``condition``. permuted_blocks: in every block of participants each
    condition of the protocol occurs ``per_block`` times, in an order drawn from the protocol's seed.
    """

    method: Literal["fixed", "permuted_blocks"]
    condition: str | None = None
    per_block: Annotated[int, Field(ge=1, le=20)] = 1


class Protocol(FileModel):
    """A whole protocol. ``text`` and ``sha256`` are those of the file it was read from.

    purpose: only ``research`` opens the camera gate. ethics_id: the ethics approval's number.
    test_only: for trying the system out; shows a banner, and its sessions are never data.
    objective: what AD weighs more, the learner's trust or keeping them focused.
    validity_probes: now and then the page asks how confused and frustrated the learner feels, to check the
        detector; the same rule in every condition.
    trust_model: what estimates trust: the rules, or the learned model that comes with the tool.
    problems: which problems of the lesson, in this order; empty for all in the pack's own order.
    most_items: items per block at most; null for the pack's own number.
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
    conditions: Annotated[tuple[str, ...], Field(min_length=1)]
    allocation: Allocation
    objective: Literal["trust_first", "focus_first"] = "trust_first"
    validity_probes: bool = False
    trust_model: Literal["rules", "learned"] = "rules"
    evidence_sources: frozenset[EvidenceSource] = DEFAULT_SOURCES
    lesson: Name
    problems: tuple[Name, ...] = ()
    most_items: Annotated[int, Field(ge=1, le=1000)] | None = None
    consent: Consent
    baseline: Baseline
    settings: dict[str, Number] = Field(default_factory=dict)
    retention_until: dt.date
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)]

    _text: str = PrivateAttr("")

    @field_validator("evidence_sources", mode="before")
    @classmethod
    def _sources_stand_once(cls, given: object) -> object:
        if isinstance(given, list):
            _raise(_twice((), given))
            if not given:
                raise ValueError("no evidence source is named; name at least interaction")
        return given

    @model_validator(mode="after")
    def _parts_fit(self) -> Protocol:
        _raise(
            (
                *_twice(("languages",), self.languages),
                *_twice(("problems",), self.problems),
                *_twice(("conditions",), self.conditions),
                *_unknown_conditions(self),
                *_misallocated(self),
                *_unmatched(self),
                *_without_wizard(self),
                *_untranslated(self),
                *setting_misfits(self.settings),
            )
        )
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

    def tutor_settings(self) -> TutorSettings:
        """The tutor's settings with this protocol's values in place."""
        return TutorSettings().overridden({**self.settings, "baseline_s": self.baseline.seconds})


def load_protocol(path: Path) -> Protocol:
    """Read and check a protocol file. Raises: BadFile, naming every problem with line and column."""
    return parse_protocol(read_text(path), name=str(path))


def parse_protocol(text: str, *, name: str) -> Protocol:
    """The same for a text already at hand, e.g. out of a log. Raises: BadFile."""
    protocol = parse_yaml(text, Protocol, name=name)
    protocol._text = text
    return protocol


def camera_gate(protocol: Protocol, camera_consent: bool) -> None:
    """Pass in silence when this learner's camera may start.

    Needed are a camera source in the protocol, ``purpose: research``, an ethics approval (a
    ``test_only`` protocol may do without) and this learner's own camera consent.
    Source: EU AI Act Art. 5(1)(f) with Art. 2(6); consent does not lift the ban.
    Raises: CameraRefused: saying all that is missing.
    """
    missing = []
    if not protocol.camera_sources:
        missing.append("it names no camera among its evidence_sources")
    if protocol.purpose != "research":
        missing.append(f"purpose is {protocol.purpose!r} and not research")
    if protocol.ethics_id is None and not protocol.test_only:
        missing.append("it has no ethics_id")
    if not camera_consent:
        missing.append("this participant's camera consent is not on record")
    if missing:
        raise CameraRefused(
            f"The camera stays off under protocol {protocol.id!r}: {'; '.join(missing)}.",
            remedy="Go on without it, or supply what is missing and begin a new session.",
        )


def warnings_of(protocol: Protocol, *, today: dt.date) -> tuple[str, ...]:
    """What is no mistake in the file but should be settled before the first participant."""
    found = [
        f"{name} still says {PLACEHOLDER!r}: write in your own words"
        for name, words in _texts(protocol)
        if PLACEHOLDER in words
    ]
    if protocol.test_only:
        found.append("test_only: its sessions are never exported as data")
    elif protocol.ethics_id is None:
        found.append("no ethics_id: the camera will not start; ask your ethics board")
    if protocol.camera_sources and protocol.purpose != "research":
        found.append(f"purpose is {protocol.purpose!r}: the camera will not start")
    if protocol.camera_sources and not any(STRATEGIES[c].uses_face for c in protocol.conditions):
        found.append("a camera is named, but none of the conditions uses a face")
    tutor = protocol.tutor_settings()
    if tutor.escalation_after_s >= tutor.rest_s:
        early, rest = f"{tutor.escalation_after_s:g}", f"{tutor.rest_s:g}"
        found.append(
            f"escalation_after_s ({early}) is not below rest_s ({rest}): a stronger act never comes early"
        )
    if protocol.trust_model == "learned":
        found.append("trust_model: learned was fitted on simulated learners only, unless you replaced it")
    if protocol.retention_until < today:
        found.append(f"retention_until {protocol.retention_until} is over: the data would have to be deleted")
    return tuple(found)


# ------------------------------------------------------------------------- checks


def _raise(misfits: tuple[Misfit, ...]) -> None:
    if misfits:
        raise Misfits(misfits)


def _twice(loc: tuple[str, ...], names: tuple[str, ...] | list[object]) -> tuple[Misfit, ...]:
    return tuple(
        Misfit((*loc, index), f"{name!r} stands here twice", "remove one")
        for index, name in enumerate(names)
        if name in names[:index]
    )


def _unknown_conditions(protocol: Protocol) -> Iterator[Misfit]:
    remedy = f"known are {', '.join(KNOWN_CONDITIONS)}"
    for index, name in enumerate(protocol.conditions):
        if name not in STRATEGIES:
            yield Misfit(("conditions", index), f"there is no condition {name!r}", remedy)


def _misallocated(protocol: Protocol) -> Iterator[Misfit]:
    allocation, loc = protocol.allocation, ("allocation", "condition")
    if allocation.method == "fixed":
        if allocation.condition is None:
            yield Misfit(loc, "a fixed allocation needs a condition", "add `condition:` with its id")
        elif allocation.condition not in protocol.conditions:
            listed = ", ".join(protocol.conditions)
            yield Misfit(
                loc, f"{allocation.condition!r} is none of the protocol's conditions", f"listed are {listed}"
            )
    elif allocation.condition is not None:
        yield Misfit(
            loc, "permuted_blocks gives all conditions", "remove `condition:` or use `method: fixed`"
        )


def _unmatched(protocol: Protocol) -> Iterator[Misfit]:
    """Yoked conditions whose match nobody would get."""
    for index, name in enumerate(protocol.conditions):
        match = name.removesuffix("-Y") + "-A"
        nobody = match not in protocol.conditions or protocol.allocation.condition == name
        if name.endswith("-Y") and nobody:
            yield Misfit(
                ("conditions", index),
                f"{name} replays the times of finished {match} sessions, and nobody gets {match}",
                f"list {match} too and use `method: permuted_blocks`",
            )


def _without_wizard(protocol: Protocol) -> Iterator[Misfit]:
    """A condition in which a person decides, where no person may."""
    if "WZ" in protocol.conditions and EvidenceSource.WIZARD not in protocol.evidence_sources:
        yield Misfit(
            ("evidence_sources",),
            "condition WZ is decided by a person at the console, and wizard is not among the sources",
            "add `wizard`, or take WZ out of the conditions",
        )


def _untranslated(protocol: Protocol) -> Iterator[Misfit]:
    parts: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("consent", protocol.consent.texts),
        ("baseline", protocol.baseline.texts),
    )
    for part, texts in parts:
        for language in protocol.languages:
            if language not in texts:
                yield Misfit((part, "texts"), f"there is no text in {language!r}", f"add `{language}:` here")
    for language, text in protocol.consent.texts.items():
        if protocol.camera_sources and text.camera is None:
            yield Misfit(
                ("consent", "texts", language),
                "a camera is among the evidence_sources, but the paragraph about it is missing",
                "add `camera:` here",
            )


def _texts(protocol: Protocol) -> Iterator[tuple[str, str]]:
    yield "title", protocol.title
    yield "contact", protocol.contact
    for language, text in protocol.consent.texts.items():
        place = f"consent.texts.{language}"
        yield place, "\n".join((text.title, *text.paragraphs, *text.points, text.camera or ""))
    for language, reading in protocol.baseline.texts.items():
        yield f"baseline.texts.{language}", f"{reading.title}\n{reading.text}"
