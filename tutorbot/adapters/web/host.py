"""What the web adapter asks of the session: the one door between the page and the lesson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tutorbot.errors import LinkInUse, UnknownLink
from tutorbot.ports import Arrival, JoinForm, Surface

__all__ = ["LinkInUse", "SessionHost", "Sitting", "UnknownLink"]


class Sitting(Protocol):
    """One learner in front of the page, from attach to detach."""

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Take one validated message (``messages.ClientMessage`` as a dict, with its ``type``).

        Return as soon as it is in the log: the page's acknowledgement is sent
        then, and the learner's next message waits for it. Long work (a turn of
        the dialogue manager) belongs in the background.

        Raises: BadInput, or any other TutorbotError: shown to the learner as an
            alert; the page keeps what was typed.
        """

    async def frame(self, jpeg: bytes) -> None:
        """Take one picture.

        Raises: BadFrame: if it is no usable picture. CameraRefused: if this learner has not
            agreed to the camera, or the study may not use one.
        """

    async def detach(self) -> None:
        """The page is gone (closed, reloaded, cut off); the session may be resumed later."""


class ConsoleDesk(Protocol):
    """What the people at the console see and do.

    Whatever changes a session returns once it is stored; a ``client_id`` that was taken before changes
    nothing. Raises: BadInput: no such session, or it cannot be done there now. TutorbotError: it cannot be
    stored, and nothing was done.
    """

    study_id: str

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per live session, with the keys of ``console_feed.COLUMNS``; no learner's words."""

    def observer_rows(self) -> Sequence[Mapping[str, Any]]:
        """The same for an observer (``console_feed.OBSERVED``)."""

    def agreement(self) -> Sequence[Mapping[str, Any]]:
        """How far every two observers agree: observers, affect and behaviour with n, share, kappa."""

    async def study(self) -> Mapping[str, Any] | None:
        """How the study as a whole stands, with the keys of ``console_feed.STUDY``; None: not known."""

    def choices(self) -> Mapping[str, Any]:
        """The lists the console offers: reasons, delays_s, lines, most_line, most_note."""

    async def wizard(
        self,
        participant: str,
        level: int,
        trigger_id: str | None,
        client_id: str,
        *,
        reason: str | None = None,
        delay_s: float | None = None,
    ) -> None:
        """The person at the console chose for a WZ session. level: 0 (say nothing) to 3."""

    async def line(
        self,
        participant: str,
        client_id: str,
        *,
        prepared: str | None = None,
        text: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Have the tutor of a WZ session say a prepared line, or else a typed one."""

    async def hold(self, participant: str, client_id: str, *, on: bool) -> None:
        """Pause a session, or let it go on."""

    async def restart(self, participant: str, client_id: str) -> None:
        """Have a session's block begun anew."""

    async def end(self, participant: str, client_id: str) -> None:
        """End a session for good."""

    async def note(
        self, participant: str, client_id: str, *, text: str, observer: str, began_ago_s: float
    ) -> None:
        """Write something down about a session; writing began so many seconds ago."""

    async def observe(
        self,
        participant: str,
        client_id: str,
        *,
        observer: str,
        affect: str,
        behaviour: str,
        lasted_s: float,
        ago_s: float,
    ) -> None:
        """One observation, decided ``ago_s`` seconds ago after ``lasted_s`` seconds."""


class SessionHost(Protocol):
    """All sessions of one study."""

    def join_form(self, wanted: Sequence[str]) -> JoinForm:
        """What must be asked before ``join``, in the first wanted language the study has, else its first."""

    async def known(self, parameters: Mapping[str, str]) -> str | None:
        """The code of somebody a recruitment service sent before; None for all others."""

    async def join(self, arrival: Arrival) -> str:
        """Make a new participant; returns the secret code of their link, url-safe.

        Raises: EnrolmentClosed: the study is full, or takes people in by personal link. BadInput: an answer
            is missing. LogUnwritable.
        """

    async def consent_copy(self, code: str) -> dict[str, Any]:
        """The consent texts and answers of a participant (``session/own_copy.py``). Raises: UnknownLink."""

    async def data_copy(self, code: str) -> dict[str, Any]:
        """What is stored about a participant, as plain values, with ``study`` and ``participant``.

        Raises: UnknownLink.
        """

    async def attach(self, code: str, surface: Surface, wanted: Sequence[str] = ()) -> Sitting:
        """Connect a page; the whole view is shown on the surface before or soon after this returns.

        wanted: languages by preference, for a session that is begun by this.

        Raises: UnknownLink: if no participant has this code. LinkInUse: if another page holds it.
        """

    @property
    def desk(self) -> ConsoleDesk:
        """What the people at the console see and do."""
