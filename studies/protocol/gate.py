"""Whether a camera may run under a protocol, and what should be settled before the first participant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from studies.protocol.model import Protocol
from studies.protocol.notes import design_notes
from studies.protocol.words import PLACEHOLDER
from tutorbot.core.strategies import STRATEGIES
from tutorbot.errors import CameraRefused


def camera_gate(protocol: Protocol, camera_consent: bool, *, robot: bool = False) -> None:
    """Pass in silence when this learner's camera may start. robot: that of the robot, not of the page.

    Needed are a camera source in the protocol, ``purpose: research``, an ethics approval (a
    ``test_only`` protocol may do without) and this learner's own camera consent.
    Source: EU AI Act Art. 5(1)(f) with Art. 2(6); consent does not lift the ban.
    Raises: CameraRefused: saying all that is missing.
    """
    missing = []
    if not protocol.camera_sources_of(robot=robot):
        whose = "robot_camera" if robot else "camera of the page" if protocol.camera_sources else "camera"
        missing.append(f"it names no {whose} among its evidence_sources")
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
    return (*found, *design_notes(protocol))


def _texts(protocol: Protocol) -> Iterator[tuple[str, str]]:
    yield "title", protocol.title
    yield "contact", protocol.contact
    for language, text in protocol.consent.texts.items():
        place = f"consent.texts.{language}"
        statements = (*text.points, text.camera or "", text.robot_camera or "", *text.purposes.values())
        yield place, "\n".join((text.title, *text.paragraphs, *statements))
    for language, reading in protocol.baseline.texts.items():
        yield f"baseline.texts.{language}", f"{reading.title}\n{reading.text}"
    for language, paragraphs in protocol.debrief.items():
        yield f"debrief.{language}", "\n".join(paragraphs)
    for hypothesis in protocol.hypotheses:
        yield f"hypothesis {hypothesis.id}", hypothesis.text
