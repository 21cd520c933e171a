"""The shape of a robot's profile, ``profiles/<name>.yml``, and everything that has to agree inside it.

A profile says by which topics, services and actions a robot does what the tutor asks of it. What is not in
it, the robot cannot do. Names of types are written as the robot's own ROS writes them.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tutorbot.adapters.ros.profile_checks import misfits_of, motion_misfits
from tutorbot.adapters.ros.told import JSON
from tutorbot.ports import EXPRESSIONS, GESTURES, LOOKS
from tutorbot.yaml_file import FileModel, Misfit, Misfits

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Place = Annotated[str, StringConstraints(pattern=r"^(/|\{prefix\}/)[A-Za-z0-9_/{}]+$", max_length=200)]
"""Name of a topic, service or action, from the root; ``{prefix}`` stands for the profile's."""
Prefix = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_]+)*$", max_length=100)]
Type = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(/(msg|srv|action))?/[A-Za-z][A-Za-z0-9_]*$")
]
OwnId = Annotated[str, StringConstraints(pattern=r"^tutor_[a-z0-9_]{1,40}$")]
"""An id under /humans that no robot gives to a face or a person of its own."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}-[A-Z]{2}$")]
Scalar = bool | int | float | str
Seconds = Annotated[float, Field(gt=0, le=60)]


class Confirmed(FileModel):
    """Where a part of a profile comes from. source: written down by others, tried by nobody here.

    bench: tried with real ROS programs that stand for the robot. hardware: tried on this robot; which, when.
    """

    source: Words | None = None
    bench: Words | None = None
    hardware: Words | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.best is None:
            what = "nothing says where this comes from"
            raise Misfits([Misfit((), what, "write `source:`, `bench:` or `hardware:` and what confirms it")])
        return self

    @property
    def best(self) -> str | None:
        """The strongest of ``hardware``, ``bench`` and ``source``."""
        return next((kind for kind in ("hardware", "bench", "source") if getattr(self, kind)), None)


class Success(FileModel):
    """What a service's reply or an action's result holds when it was done. field: with dots into it."""

    field: Words
    value: Scalar


class Part(FileModel):
    """Any part of a profile. needs: what must run on the robot besides its own driver."""

    confirmed: Confirmed
    needs: Words | None = None


class Command(Part):
    """Something the robot is told to do. fields: of the message, with placeholders such as ``{text}``."""

    kind: Literal["topic", "service", "action"]
    name: Place
    type: Type
    fields: dict[str, Any] = Field(default_factory=dict)
    success: Success | None = None


class Ends(FileModel):
    """How the end of an utterance is known.

    action_result, service_reply: the command itself answers when it is over. status_topic: the robot
    publishes whether it speaks. estimated_duration: it tells nothing, and the end is reckoned.
    """

    rule: Literal["action_result", "service_reply", "status_topic", "estimated_duration"]
    topic: Place | None = None
    type: Type | None = None
    field: Words = "data"
    speaking: Scalar = True
    done: Scalar = False
    starts_within_s: Seconds = 3.0
    characters_per_s: Annotated[float, Field(gt=0, le=100)] | None = None
    plus_s: Annotated[float, Field(ge=0, le=60)] | None = None


class Say(Command):
    """Speaking."""

    ends: Ends


class Stop(Part):
    """Falling silent. ``cancel`` calls off the goal that speaks; others have a topic or service for it."""

    kind: Literal["topic", "service", "cancel"]
    name: Place | None = None
    type: Type | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    success: Success | None = None


class Motion(Command):
    """What the tutor may ask for -> the robot's own name, or several values for as many placeholders."""

    KNOWN: ClassVar[tuple[str, ...]] = ()
    names: Annotated[dict[str, str | dict[str, Scalar]], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        if found := motion_misfits(self, self.KNOWN):
            raise Misfits(found)
        return self

    def values(self, name: str) -> dict[str, Scalar]:
        """What stands for the placeholders. Raises: KeyError: this robot has nothing for it."""
        given = self.names[name]
        return {"name": given} if isinstance(given, str) else dict(given)


class Gesture(Motion):
    """Moving the body: keys are ``GESTURES``."""

    KNOWN = GESTURES


class Express(Motion):
    """Showing a face: keys are ``EXPRESSIONS``."""

    KNOWN = EXPRESSIONS


class Look(Motion):
    """Turning to something: keys are ``LOOKS``."""

    KNOWN = LOOKS


class Ids(FileModel):
    """A topic that lists the ids whose topics are listened to. always: ids that it need not list."""

    topic: Place
    type: Type
    field: Words = "ids"
    always: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")], ...] = ()


class Hear(Part):
    """Speech of people. ``{id}`` in the name stands for one of ``ids``.

    kind: ``service``: the robot listens once for each call, which is made again and again, with these
    fields (``{language}`` and ``{locale}`` stand for themselves) and is over within ``lasts_s`` seconds.
    format: ``live_speech``: fields incremental, final, confidence, language or locale; ``json``: an object
    of these in a text; ``text``: a whole utterance. field: that holds the text of the last two.
    tells_confidence: the robot fills it in; 0 means 0 then.
    """

    kind: Literal["topic", "service"] = "topic"
    name: Place
    type: Type
    fields: dict[str, Any] = Field(default_factory=dict)
    lasts_s: Seconds = 15.0
    format: Literal["live_speech", "json", "text"]
    field: Words = "data"
    ids: Ids | None = None
    tells_confidence: bool = True


class See(Part):
    """A camera's JPEGs. every_s: least time between two, seconds."""

    name: Place
    type: Type
    every_s: Seconds = 0.1


class Touch(Part):
    """A message for every touch. field: names what was touched."""

    name: Place
    type: Type
    field: Words = "data"


class NewsTopic(FileModel):
    """A topic on which something is told, and its message; a name alone stands for JSON in a std_msgs/String.

    fields: with the placeholders of ``told``. The package of another type must be on the robot, or its bridge
    refuses it.
    """

    name: Place
    type: Type | None = None
    fields: dict[str, Any] = Field(default_factory=lambda: {"data": f"{{{JSON}}}"})

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _type_with_fields(self) -> Self:
        if len(given := {"type", "fields"} & self.model_fields_set) == 1:
            lacks = "fields" if "type" in given else "type"
            what = f"a message of one's own needs its {lacks}, too"
            raise Misfits([Misfit((), what, f"add `{lacks}:`, or write the name of the topic alone")])
        return self


class Tell(FileModel):
    """What the tutor tells of the learner and of itself; null for what it does not."""

    affect: NewsTopic | None = NewsTopic(name="/tutor/affect")
    proactivity: NewsTopic | None = NewsTopic(name="/tutor/proactivity")
    dialogue_state: NewsTopic | None = NewsTopic(name="/tutor/dialogue_state")


class Services(FileModel):
    """Services the tutor answers; null for none."""

    pause: Place | None = "/tutor/pause"
    end: Place | None = "/tutor/end_session"


class Humans(FileModel):
    """Whether the learner is also published as ROS4HRI has it (hri_msgs must be on the robot), as whom."""

    expression: bool = False
    engagement: bool = False
    face: OwnId = "tutor_learner_face"
    person: OwnId = "tutor_learner"


class ProbeFile(FileModel):
    """What shows that the robot is there: see ``tutorbot.adapters.ros.Probe``. settle_s: waited after it."""

    kind: Literal["latched", "topic", "service", "echo"]
    name: Place
    type: Type
    settle_s: Annotated[float, Field(ge=0, le=60)] = 0.0


class RobotFile(FileModel):
    """A whole profile.

    ros: 1 or 2. prefix: what ``{prefix}`` stands for unless the operator says otherwise.
    locale: how ``{locale}`` is written, en-GB or en_GB. locales: of which country a language is.
    probe: None: our own topic, heard back, which shows the bridge alone; in ROS 2 with a while to settle.
    """

    title: Words
    ros: Literal[1, 2]
    prefix: Prefix = ""
    locale: Literal["dash", "underscore"] = "dash"
    locales: dict[Language, Locale] = Field(default_factory=lambda: {"en": "en-GB", "de": "de-DE"})
    say: Say | None = None
    stop: Stop | None = None
    gesture: Gesture | None = None
    express: Express | None = None
    look: Look | None = None
    hear: Hear | None = None
    see: See | None = None
    touch: Touch | None = None
    tell: Tell = Tell()
    services: Services = Services()
    humans: Humans = Humans()
    probe: ProbeFile | None = None

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if found := tuple(misfits_of(self)):
            raise Misfits(found)
        return self

    def parts(self) -> dict[str, Part | None]:
        """The parts a robot may have or lack, by name, in the order of the port."""
        names = ("say", "stop", "gesture", "express", "look", "hear", "see", "touch")
        return {name: getattr(self, name) for name in names}
