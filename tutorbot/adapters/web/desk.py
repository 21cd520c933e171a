"""What the console's pages may do, one address each: all of it is in the log before it is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Annotated, TypeVar

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse, Response

from tutorbot.adapters.web.host import ConsoleDesk
from tutorbot.adapters.web.messages import ClientId, Id
from tutorbot.adapters.web.posting import Posted, Refused, body_of, done, read
from tutorbot.adapters.web.security import same_origin
from tutorbot.adapters.web.sign_in import COOKIE, Audit
from tutorbot.adapters.web.tokens import EXPERIMENTER, OBSERVER, ConsoleKeys, Visitor

MAX_BODY_BYTES = 2048
"""Far above the largest choice."""
MAX_NOTE_BYTES = 32 * 1024
"""A note of four thousand characters fits, in any script."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,11}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Seconds = Annotated[float, Field(ge=0.0, le=86_400.0, allow_inf_nan=False)]
Words = Annotated[str, StringConstraints(max_length=8000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class WizardMessage(Posted):
    """One choice of the wizard.

    level: 0 (say nothing), 1 notification, 2 suggestion, 3 intervention. trigger_id: the proposal that lay
    before the wizard; null when there was none. client_id: the page's own name for this choice; the same
    one sent twice carries the same id. reason: a code of the list. delay_s: 5, 10 or 20.
    """

    participant: Id
    level: Annotated[int, Field(ge=0, le=3)]
    trigger_id: Id | None
    client_id: ClientId
    reason: Code | None = None
    delay_s: Seconds | None = None


class LineMessage(Posted):
    """A line to be said: the id of a prepared one, or else a typed text."""

    participant: Id
    client_id: ClientId
    prepared: Code | None = None
    text: Words | None = None
    reason: Code | None = None


class HoldMessage(Posted):
    """Pause a session, or let it go on."""

    participant: Id
    client_id: ClientId
    on: bool


class EndMessage(Posted):
    """End a session for good."""

    participant: Id
    client_id: ClientId


class NoteMessage(Posted):
    """A note. began_ago_s: seconds since writing began, by the page's clock."""

    participant: Id
    client_id: ClientId
    text: Words
    observer: Name
    began_ago_s: Seconds


class ObservationMessage(Posted):
    """One observation. lasted_s: from the first look to the decision. ago_s: since the decision."""

    participant: Id
    client_id: ClientId
    observer: Name
    affect: Code
    behaviour: Code
    lasted_s: Annotated[float, Field(ge=0.0, le=21.0, allow_inf_nan=False)]
    ago_s: Annotated[float, Field(ge=0.0, le=3600.0, allow_inf_nan=False)]


class NameMessage(Posted):
    """The name an observer wants to code under."""

    observer: Name


class BlindMessage(Posted):
    """Blind this browser, or show it the conditions."""

    on: bool


class Nothing(Posted):
    """An empty object."""


Message = TypeVar("Message", bound=Posted)
Handler = Callable[[Message, Visitor], Awaitable[Response]]


class _Door:
    """Lets a post of our own page through, from a browser that was let in, and reads it."""

    def __init__(
        self, keys: ConsoleKeys, how: str, allowed_origins: Collection[str], changed: Callable[[], None]
    ) -> None:
        self._keys, self._how, self._allowed, self._changed = keys, how, allowed_origins, changed

    def add(
        self,
        router: APIRouter,
        path: str,
        kind: type[Message],
        handle: Handler[Message],
        *,
        observers: bool = False,
        sighted: bool = False,
        most_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        """One address. observers: they may use it too. sighted: refused while blinded."""

        async def post(request: Request) -> Response:
            try:
                visitor = self._visitor(request, observers=observers)
                if sighted and visitor.blinded:
                    raise Refused(403, "This console is blinded.", "Show the conditions first.")
                message = read(await body_of(request, most_bytes), kind)
            except Refused as refusal:
                return refusal.answer()
            answer = await handle(message, visitor)
            self._changed()
            return answer

        router.add_api_route(path, post, methods=["POST"], include_in_schema=False, response_model=None)

    def _visitor(self, request: Request, *, observers: bool) -> Visitor:
        headers = request.headers
        if not same_origin(headers.get("origin"), headers.get("host"), self._allowed):
            raise Refused(403, "This did not come from the console's own page.")
        visitor = self._keys.visitor(request.cookies.get(COOKIE))
        if visitor is None or (visitor.role != EXPERIMENTER and not observers):
            raise Refused(403, "This browser is not let in.", self._how)
        return visitor


def desk_router(
    desk: ConsoleDesk,
    keys: ConsoleKeys,
    *,
    how: str,
    allowed_origins: Collection[str] = (),
    audit: Audit | None = None,
    changed: Callable[[], None] = lambda: None,
) -> APIRouter:
    """All addresses under /console that change something.

    how: what to do for a new token. changed: called after each of them.
    """
    router, door = APIRouter(), _Door(keys, how, allowed_origins, changed)

    async def wizard(m: WizardMessage, visitor: Visitor) -> Response:
        return await done(
            "a wizard's choice",
            lambda: desk.wizard(
                m.participant, m.level, m.trigger_id, m.client_id, reason=m.reason, delay_s=m.delay_s
            ),
        )

    async def line(m: LineMessage, visitor: Visitor) -> Response:
        return await done(
            "a wizard's line",
            lambda: desk.line(m.participant, m.client_id, prepared=m.prepared, text=m.text, reason=m.reason),
        )

    async def hold(m: HoldMessage, visitor: Visitor) -> Response:
        return await done("a pause", lambda: desk.hold(m.participant, m.client_id, on=m.on))

    async def restart(m: EndMessage, visitor: Visitor) -> Response:
        return await done("a new start", lambda: desk.restart(m.participant, m.client_id))

    async def end(m: EndMessage, visitor: Visitor) -> Response:
        return await done("an end", lambda: desk.end(m.participant, m.client_id))

    async def note(m: NoteMessage, visitor: Visitor) -> Response:
        return await done(
            "a note",
            lambda: desk.note(
                m.participant, m.client_id, text=m.text, observer=m.observer, began_ago_s=m.began_ago_s
            ),
        )

    door.add(router, "/console/wizard", WizardMessage, wizard, sighted=True)
    door.add(router, "/console/line", LineMessage, line, sighted=True)
    door.add(router, "/console/pause", HoldMessage, hold)
    door.add(router, "/console/restart", EndMessage, restart)
    door.add(router, "/console/end", EndMessage, end)
    door.add(router, "/console/note", NoteMessage, note, most_bytes=MAX_NOTE_BYTES)
    _observing(router, door, desk, keys)
    _blinding(router, door, keys, audit)
    return router


def _observing(router: APIRouter, door: _Door, desk: ConsoleDesk, keys: ConsoleKeys) -> None:
    taken = Refused(
        409, "Somebody else codes under this name.", "Choose another name, or sign that browser out."
    )

    async def name(m: NameMessage, visitor: Visitor) -> Response:
        return JSONResponse({"ok": True}) if keys.claim(visitor, m.observer) else taken.answer()

    async def observation(m: ObservationMessage, visitor: Visitor) -> Response:
        if not keys.claim(visitor, m.observer):
            return taken.answer()
        return await done(
            "an observation",
            lambda: desk.observe(
                m.participant,
                m.client_id,
                observer=m.observer,
                affect=m.affect,
                behaviour=m.behaviour,
                lasted_s=m.lasted_s,
                ago_s=m.ago_s,
            ),
        )

    async def invite(m: Nothing, visitor: Visitor) -> Response:
        return JSONResponse({"ok": True, "path": f"/console/observe?token={keys.issue(OBSERVER)}"})

    door.add(router, "/console/observer-name", NameMessage, name, observers=True)
    door.add(router, "/console/observation", ObservationMessage, observation, observers=True)
    door.add(router, "/console/invite", Nothing, invite)


def _blinding(router: APIRouter, door: _Door, keys: ConsoleKeys, audit: Audit | None) -> None:
    async def blind(m: BlindMessage, visitor: Visitor) -> Response:
        async def change() -> None:
            if visitor.blinded is m.on:
                return
            if audit is not None:  # first: who cannot be noted is not shown anything
                await audit("blind" if m.on else "unblind", "experimenter, at the console")
            visitor.blinded = m.on

        return await done("blinding", change)

    door.add(router, "/console/blind", BlindMessage, blind)
