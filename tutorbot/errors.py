"""Errors a person may see: what happened, with which value, and what to do now."""

from __future__ import annotations


class TutorbotError(Exception):
    """Base of all errors of this project.

    what: one sentence, what happened and with which value.
    remedy: what the reader can do now.
    """

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


class BadInput(TutorbotError):
    """Something handed in by a person or a file does not fit."""


class Paused(BadInput):
    """The session is paused, so this is not taken; the text is in the participant's own language."""


class BadFile(BadInput):
    """A file of the study or a lesson does not fit its schema; the text names line and column."""


class ProtocolChanged(BadInput):
    """The protocol in use was changed without an amendment: its operator must mend it."""


class BadFrame(BadInput):
    """A picture could not be used: empty, cut short, too large or not a JPEG."""


class CameraSilent(TutorbotError):
    """A camera opened but sent nothing."""


class CameraRefused(TutorbotError):
    """The consent gate is shut: a study or participant condition for camera use is missing."""


class DialogueUnreachable(TutorbotError):
    """The dialogue manager did not take a turn or an act."""


class MissingPart(TutorbotError):
    """A model, program or package the system needs is not there."""


class LogUnwritable(TutorbotError):
    """The study log cannot take events: read-only file, full disk, lost database."""


class LogDamaged(TutorbotError):
    """The study log does not hold what it must: a gap, an unknown kind, a changed row."""


class PortTaken(TutorbotError):
    """Another program listens on the port asked for."""


class UnknownLink(TutorbotError, KeyError):
    """No participant belongs to this link."""

    # KeyError prints its argument in quotes; a person reads this one.
    __str__ = TutorbotError.__str__


class EnrolmentClosed(TutorbotError):
    """Nobody new can be taken into the study now: it is full, or takes people in by personal link alone."""


class LinkInUse(TutorbotError):
    """The link is open in another tab or on another device; the first one stays."""


class RobotUnreachable(TutorbotError):
    """The robot or its bridge cannot be reached now. Nothing was sent, and nothing waits to be sent."""


class RobotSilent(TutorbotError):
    """The robot took a command and did not answer in time; whether it was carried out is not known."""


class RobotRefused(TutorbotError):
    """The robot or its bridge answered that it cannot do this."""
