"""What the robot's page may say to the server: every message, its fields and their limits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from tutorbot.adapters.web.messages import MAX_SAY_CHARACTERS, LanguageTag, Storable
from tutorbot.errors import BadInput

MAX_BYTES = 4 * MAX_SAY_CHARACTERS + 1024
"""Of one text frame: the longest speech in UTF-8, and what stands around it."""

Number = Annotated[int, Field(ge=0, le=2**53)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Start(_Said):
    """This page is to be the robot.

    take: also where another page is; False: only if none is. developer: it shows what others are told.
    """

    type: Literal["start"]
    take: bool
    developer: bool = False


class Beat(_Said):
    """The page is alive; the answer to the server's ``beat``."""

    type: Literal["beat"]


class Done(_Said):
    """Command ``n`` is carried out, or, of a ``say``, would be at once."""

    type: Literal["done"]
    n: Number


class Ended(_Said):
    """Utterance ``n`` came to its end. voiced: a voice said it; else its time to be read is over."""

    type: Literal["ended"]
    n: Number
    voiced: bool


class Heard(_Said):
    """What somebody says to the robot by typing. final: they are done."""

    type: Literal["heard"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_SAY_CHARACTERS), Storable]
    final: bool
    language: LanguageTag | None = None


class Touched(_Said):
    """Somebody pressed this part of the robot."""

    type: Literal["touched"]
    where: Literal["head"]


class Ask(_Said):
    """Somebody at the robot asks for a pause, for going on, or for the end. n: the page's own number."""

    type: Literal["ask"]
    n: Number
    what: Literal["pause", "end"]
    on: bool = True


PageMessage = Start | Beat | Done | Ended | Heard | Touched | Ask

_adapter: TypeAdapter[PageMessage] = TypeAdapter(Annotated[PageMessage, Field(discriminator="type")])


def parse_robot(text: str) -> PageMessage:
    """Read one text frame. Raises: BadInput: too long or no known message; nothing of it is repeated."""
    if len(text) <= MAX_BYTES and len(raw := text.encode("utf-8", "surrogatepass")) <= MAX_BYTES:
        try:
            return _adapter.validate_json(raw)
        except ValidationError:
            pass
    raise BadInput(
        "The robot's page sent something the server does not understand.", remedy="Reload the robot's page."
    )
