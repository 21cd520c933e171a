"""What a page may say to the server: every message, its fields and their limits."""

from __future__ import annotations

import math
import struct
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from tutorbot.errors import BadFrame, BadInput

MAX_TEXT_FRAME_BYTES = 64 * 1024
MAX_FRAME_BYTES = 1024 * 1024
MAX_SAY_CHARACTERS = 4000
MAX_ANSWER_CHARACTERS = 4000
FRAME_HEADER = struct.Struct(">d")

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
ClientId = Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[0-9A-Za-z-]+$")]
Pixels = Annotated[int, Field(ge=0, le=20_000)]
Rating = Annotated[int, Field(ge=1, le=5)]
LanguageTag = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$")]
Storable = AfterValidator(lambda text: text.replace("\x00", " "))
"""PostgreSQL cannot store the NUL character in a text column."""
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
    language: LanguageTag = "en"


class Ping(Message):
    """How long is the way to the server and back? Answered at once with a ``pong`` of the same number."""

    type: Literal["ping"]
    n: Annotated[int, Field(ge=0, le=1_000_000)]


class Language(Message):
    """The learner would rather read and write in another of the study's languages."""

    type: Literal["language"]
    language: LanguageTag


class Consent(Message):
    """The learner's decision; sent again to withdraw the camera later.

    purposes: the study's optional purposes beside the camera, each decided apart; None on a withdrawal.
    """

    type: Literal["consent"]
    participation: bool
    camera: bool
    version: Annotated[str, StringConstraints(min_length=1, max_length=96)]
    purposes: Annotated[dict[Id, bool], Field(max_length=20)] | None = None


class Withdraw(Message):
    """Consent to one purpose is taken back; ``participation`` ends the session."""

    type: Literal["withdraw"]
    client_id: ClientId
    purpose: Id


class Takeover(Message):
    """A page that was refused wants the session here; the page that has it gives it up."""

    type: Literal["takeover"]


class DeviceCheck(Message):
    """What the page measured of one thing before the lesson. detail: numbers, never a picture."""

    type: Literal["device_check"]
    client_id: ClientId
    check: Literal["browser", "screen", "connection", "input", "camera", "light"]
    outcome: Literal["passed", "warned", "failed", "skipped"]
    detail: Annotated[str, StringConstraints(max_length=200)] | None = None


class CheckDone(Message):
    """The learner goes on from the check, whatever came of it."""

    type: Literal["check_done"]
    client_id: ClientId


class Answer(Message):
    """One item of a questionnaire was answered, changed or emptied (then all parts are None).

    value: on the instrument's own scale, not reversed. choice: id of the option, several with blanks
    between. response_ms: from the questions' being shown to this answer, by the page's clock.
    """

    type: Literal["answer"]
    client_id: ClientId
    instrument: Id
    part: Literal["pre", "block", "post"]
    block: Annotated[int, Field(ge=1, le=1000)] | None = None
    item_id: Id
    value: Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)] | None = None
    choice: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    text: Annotated[str, StringConstraints(max_length=MAX_ANSWER_CHARACTERS), Storable] | None = None
    not_applicable: bool = False
    response_ms: Annotated[int, Field(ge=0, le=7 * 24 * 3600 * 1000)]


class QuestionsDone(Message):
    """The learner is done with one questionnaire."""

    type: Literal["questions_done"]
    client_id: ClientId
    instrument: Id
    part: Literal["pre", "block", "post"]
    block: Annotated[int, Field(ge=1, le=1000)] | None = None


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
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SAY_CHARACTERS), Storable
    ]


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
    | Ping
    | Language
    | Consent
    | Withdraw
    | Takeover
    | DeviceCheck
    | CheckDone
    | Answer
    | QuestionsDone
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
    """A message that does not fit; names the action it stood for, when that much could be read.

    kind: a key of ``words.PROBLEMS``, for other languages than English.
    """

    def __init__(self, what: str, *, kind: str, remedy: str, client_id: str | None = None) -> None:
        super().__init__(what, remedy=remedy)
        self.kind = kind
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
            kind="frame_too_long",
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
    if first["type"] == "string_too_long" and field == "answer.text":
        return BadMessage(
            f"That answer is too long; at most {MAX_ANSWER_CHARACTERS} characters are stored.",
            kind="answer_too_long",
            remedy="It is still in the box: please shorten it.",
            client_id=client_id,
        )
    if first["type"] == "string_too_long" and field == "text":
        return BadMessage(
            f"That message is too long; the tutor reads at most {MAX_SAY_CHARACTERS} characters.",
            kind="say_too_long",
            remedy="It is still in the box: shorten it and send it again.",
            client_id=client_id,
        )
    if first["type"] == "string_too_short" and field == "text":
        return BadMessage(
            "That message is empty.",
            kind="say_empty",
            remedy="Write something and send it again.",
            client_id=client_id,
        )
    where = f" (field {field[:80]})" if field else ""
    return BadMessage(
        f"The page sent something the server does not understand{where}.",
        kind="not_understood",
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
