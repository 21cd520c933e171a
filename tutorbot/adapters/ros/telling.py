"""What the tutor tells other programs on the robot's side: versioned JSON, or what the profile chooses.

A robot's bridge rejects types whose package is not on it, so ``std_msgs/String`` is the rule; ``tutor_msgs``
(in ``interfaces``), a lab's own messages and ``hri_msgs`` are keys of the profile. A person under /humans has
an id of the tutor's own, never one of the robot's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.placeholders import filled, holes
from tutorbot.adapters.ros.profile import RobotProfile
from tutorbot.adapters.ros.profile_file import NewsTopic
from tutorbot.adapters.ros.told import JSON, TOLD, without_null
from tutorbot.errors import BadInput, RobotRefused

SCHEMA = 1
"""Version of the JSON; goes up when a key changes its meaning."""
LIKELY = 0.5
"""A score from which a state is published as an expression. P"""
ENGAGEMENT = {"unknown": 0, "disengaged": 1, "engaging": 2, "engaged": 3, "disengaging": 4}
"""Source: hri_msgs/msg/EngagementLevel."""
EXPRESSION_TYPE, ENGAGEMENT_TYPE = "hri_msgs/msg/Expression", "hri_msgs/msg/EngagementLevel"


class Telling:
    """Publishes for others."""

    def __init__(self, client: RosbridgeClient, profile: RobotProfile) -> None:
        self._client, self._profile = client, profile
        humans = profile.file.humans
        self._face = f"/humans/faces/{humans.face}/expression" if humans.expression else None
        self._person = f"/humans/persons/{humans.person}/engagement_status" if humans.engagement else None

    async def declare(self) -> None:
        """Tell the client which topics this needs. The dialogue's state is kept for newcomers."""
        for what in TOLD:
            one: NewsTopic | None = getattr(self._profile.file.tell, what)
            if one is not None:
                kind = one.type or self._profile.type("std_msgs/msg/String")
                place = self._profile.place(one.name)
                await self._client.advertise(place, kind, latch=what == "dialogue_state")
        if self._face is not None:
            await self._client.advertise(self._face, self._profile.type(EXPRESSION_TYPE))
        if self._person is not None:
            await self._client.advertise(self._person, self._profile.type(ENGAGEMENT_TYPE))

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        """Publish ``affect``, ``proactivity`` or ``dialogue_state``.

        Raises: RobotUnreachable; RobotRefused: the profile has no topic for it; BadInput: there is no such
            thing to tell, or a value cannot be told (NaN).
        """
        if what not in TOLD:
            raise BadInput(
                f"There is nothing called {what!r} to tell a robot.", remedy=f"Tell {', '.join(TOLD)}."
            )
        one: NewsTopic | None = getattr(self._profile.file.tell, what)
        if one is None:
            raise RobotRefused(
                f"The profile {self._profile.name} has no topic for {what}.",
                remedy=f"Give it one under `tell: {what}:`, or do without.",
            )
        used, known = set(holes(one.fields)), dict[str, Any]()
        if JSON in used:
            known[JSON] = as_json(what, values)
        if used - {JSON}:
            known |= without_null(what, values)
        place = self._profile.place(one.name)
        await self._client.publish(place, filled(one.fields, known), within_s=within_s)
        if what == "affect":
            await self._tell_humans(values, within_s)

    async def _tell_humans(self, values: Mapping[str, Any], within_s: float) -> None:
        if self._face is not None and (expression := expression_of(values)) is not None:
            await self._client.publish(self._face, expression, within_s=within_s)
        level = ENGAGEMENT.get(str(values.get("engagement")))
        if self._person is not None and level is not None:
            await self._client.publish(self._person, {"level": level}, within_s=within_s)


def as_json(what: str, values: Mapping[str, Any]) -> str:
    """``{"schema": 1, ...}``. Raises: BadInput: a value cannot be told."""
    try:
        return json.dumps({**values, "schema": SCHEMA}, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"The {what} cannot be told to the robot ({type(error).__name__}).",
            remedy="Tell numbers that are finite, text, lists and objects.",
        ) from error


def expression_of(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Scores as an hri_msgs/Expression where one is honest: ``confused``, or ``neutral`` if none is likely.

    Frustration has no word there, so a learner who is likely frustrated has no expression. None as well
    without sight of a face.
    """
    confusion, frustration = _score(values, "confusion"), _score(values, "frustration")
    if confusion is None or frustration is None:
        return None
    if max(confusion, frustration) < LIKELY:
        return {"expression": "neutral", "confidence": 1.0 - max(confusion, frustration)}
    if confusion > frustration:
        return {"expression": "confused", "confidence": confusion}
    return None


def _score(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if fits and value is not None else None
