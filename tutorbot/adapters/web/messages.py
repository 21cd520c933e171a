"""What a page may say to the server: every message, its fields and their limits."""

from __future__ import annotations

import math
import struct
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from tutorbot.errors import BadFrame, BadInput

MAX_TEXT_FRAME_BYTES = 64 * 1024
MAX_FRAME_BYTES = 1024 * 1024
MAX_SAY_CHARACTERS = 4000
FRAME_HEADER = struct.Struct(">d")

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
ClientId = Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[0-9A-Za-z-]+$")]
Pixels = Annotated[int, Field(ge=0, le=20_000)]
Rating = Annotated[int, Field(ge=1, le=5)]
CheckInId = Annotated[str, StringConstraints(max_length=7, pattern=r"^V[1-9][0-9]*$")]


class Message(BaseModel):
    """Common part of all messages.

    client_id: the page's own name for one action; the same action sent twice carries the same id.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    client_id: ClientId | None = None


class Hello(Message):
    """The page is here: its size in CSS px, how it is operated, and its language."""

    type: Literal["hello"]
    viewport: tuple[Pixels, Pixels] | None = None
    input: Literal["touch", "mouse", "keyboard"] = "mouse"
    language: Annotated[
        str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$")
    ] = "en"


class Consent(Message):
    """The learner's decision; sent again to withdraw the camera later."""

    type: Literal["consent"]
    participation: bool
    camera: bool
    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class CameraState(Message):
    """What the browser said about its camera."""

    type: Literal["camera_state"]
    state: Literal["on", "denied", "absent", "lost"]


class BaselineDone(Message):
    """The baseline text has been read."""

    type: Literal["baseline_done"]


class Place(Message):
    """A card was put into a box, or back on the table (``none``)."""

    type: Literal["place"]
    item_id: Id
    card_id: Id
    box: Literal["left", "right", "none"]


class Check(Message):
    """The learner asks whether the board is right: one attempt."""

    type: Literal["check"]
    item_id: Id


class Say(Message):
    """The learner's own words to the tutor."""

    type: Literal["say"]
    client_id: ClientId
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SAY_CHARACTERS)
    ]

    @field_validator("text")
    @classmethod
    def _no_nul(cls, text: str) -> str:
        # PostgreSQL cannot store the NUL character in a text column.
        return text.replace("\x00", " ")


class Stuck(Message):
    """The learner pressed "I'm stuck"."""

    type: Literal["stuck"]


class Undo(Message):
    """The learner takes a worked step back."""

    type: Literal["undo"]
    act_id: Id


class Probe(Message):
    """The two one-tap questions after an item, 1 (low) to 5 (high)."""

    type: Literal["probe"]
    item_id: Id
    trust: Rating
    concentration: Rating


class CheckIn(Message):
    """The study's two questions in the middle of a board, 1 (low) to 5 (high); None passes one over."""

    type: Literal["check_in"]
    probe_id: CheckInId
    confused: Rating | None
    frustrated: Rating | None


class Pause(Message):
    """Sensing paused or resumed: the camera, and the tutor speaking up by itself."""

    type: Literal["pause"]
    on: bool


class Attention(Message):
    """The page was left for another tab or window, or returned to."""

    type: Literal["attention"]
    state: Literal["left", "returned"]


class End(Message):
    """The learner ends the session now."""

    type: Literal["end"]


ClientMessage = Annotated[
    Hello
    | Consent
    | CameraState
    | BaselineDone
    | Place
    | Check
    | Say
    | Stuck
    | Undo
    | Probe
    | CheckIn
    | Pause
    | Attention
    | End,
    Field(discriminator="type"),
]

_adapter: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
_bare: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class BadMessage(BadInput):
    """A message that does not fit; names the action it stood for, when that much could be read."""

    def __init__(self, what: str, *, remedy: str, client_id: str | None = None) -> None:
        super().__init__(what, remedy=remedy)
        self.client_id = client_id


def parse(text: str) -> ClientMessage:
    """Read one text frame.

    Raises: BadMessage: if it is too long, no JSON, or no known message. The text
        never repeats what the learner wrote.
    """
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_TEXT_FRAME_BYTES:
        raise BadMessage(
            f"A message of {len(raw)} bytes is too long; at most {MAX_TEXT_FRAME_BYTES} are read.",
            remedy="Shorten it and send it again.",
            client_id=_client_id(raw),
        )
    try:
        return _adapter.validate_json(raw)
    except ValidationError as error:
        raise _explained(error, raw) from None


def parse_frame(data: bytes) -> tuple[float, bytes]:
    """Split one binary frame into the page's clock (ms) and the JPEG.

    Raises: BadFrame: if it is too large or cut short, or its time is no number.
    """
    if len(data) > MAX_FRAME_BYTES:
        raise BadFrame(
            f"A picture of {len(data)} bytes is too large; at most {MAX_FRAME_BYTES} are taken.",
            remedy="Reload the page; it sends small pictures.",
        )
    if len(data) <= FRAME_HEADER.size:
        raise BadFrame(
            f"A picture arrived empty ({len(data)} bytes).",
            remedy="Check that the camera works in another program.",
        )
    (shown_at_ms,) = FRAME_HEADER.unpack_from(data)
    if not math.isfinite(shown_at_ms):
        raise BadFrame("A picture arrived without its time.", remedy="Reload the page.")
    return shown_at_ms, data[FRAME_HEADER.size :]


def _explained(error: ValidationError, raw: bytes) -> BadMessage:
    first = error.errors(include_url=False, include_input=False, include_context=True)[0]
    field = ".".join(str(part) for part in first["loc"] if part != "say")
    client_id = _client_id(raw)
    if first["type"] == "string_too_long" and field == "text":
        return BadMessage(
            f"That message is too long; the tutor reads at most {MAX_SAY_CHARACTERS} characters.",
            remedy="It is still in the box: shorten it and send it again.",
            client_id=client_id,
        )
    if first["type"] == "string_too_short" and field == "text":
        return BadMessage(
            "That message is empty.", remedy="Write something and send it again.", client_id=client_id
        )
    where = f" (field {field[:80]})" if field else ""
    return BadMessage(
        f"The page sent something the server does not understand{where}.",
        remedy="Reload the page; what was saved stays.",
        client_id=client_id,
    )


def _client_id(raw: bytes) -> str | None:
    """The action's id, if this much of a bad message can be read."""
    try:
        found = _bare.validate_json(raw).get("client_id")
        return TypeAdapter(ClientId).validate_python(found, strict=True)
    except ValidationError:
        return None
