"""Speaking by a robot behind a rosbridge server.

How the end is known is the profile's affair: by the action's result, the service's reply, a topic, or by
reckoning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tutorbot.adapters.robots.mouth import CANCEL_WITHIN_S, Mouth, Patience, require_words, until_told
from tutorbot.adapters.robots.utterance import Utterance
from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.goal import Canceled, Goal
from tutorbot.adapters.ros.placeholders import found
from tutorbot.adapters.ros.profile import RobotProfile, lacks, succeeded
from tutorbot.adapters.ros.profile_file import Say
from tutorbot.errors import RobotRefused
from tutorbot.ports import Spoken

LOOK_AT_TOPIC = "See that its topic of whether it speaks is that of the profile."


class RosUtterance(Utterance):
    """An utterance that may be the goal of an action."""

    def __init__(self, text: str) -> None:
        """See ``Utterance``."""
        super().__init__(text)
        self.goal: Goal | None = None
        self.called_off = False
        """Its goal was told to end."""


class Speaking(Mouth[RosUtterance]):
    """The mouth of one robot. complain: is told of what goes wrong beside a command."""

    def __init__(
        self,
        client: RosbridgeClient,
        profile: RobotProfile,
        *,
        patience: Patience,
        complain: Callable[[str], None],
    ) -> None:
        super().__init__(client, patience=patience, complain=complain)
        self._client, self._profile = client, profile

    @property
    def estimated(self) -> bool:
        """Whether ends are reckoned, since the robot tells none."""
        say = self._profile.file.say
        return say is not None and say.ends.rule == "estimated_duration"

    async def declare(self) -> None:
        """Tell the client which topics this needs."""
        say, stop = self._profile.file.say, self._profile.file.stop
        if say is not None and say.kind == "topic":
            await self._client.advertise(self._profile.place(say.name), say.type)
        if stop is not None and stop.kind == "topic" and stop.name and stop.type:
            await self._client.advertise(self._profile.place(stop.name), stop.type)
        if say is not None and say.ends.rule == "status_topic" and say.ends.topic and say.ends.type:
            await self._client.subscribe(self._profile.place(say.ends.topic), say.ends.type, self._told)

    def _told(self, message: Mapping[str, Any]) -> None:
        say = self._profile.file.say
        if self._now is None or say is None:
            return
        value = found(message, say.ends.field)
        if value in (say.ends.speaking, say.ends.done):
            self._now.told(value == say.ends.speaking)

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        """See the port ``Robot``. Raises besides: RobotRefused: it still says something else."""
        require_words(text)
        fields = self._profile.spoken(text, language)
        say = self._profile.file.say
        assert say is not None  # the fields are its own

        async def until_said(one: RosUtterance) -> None:
            try:
                await self._until_said(say, one, fields, within_s)
            except Canceled:
                one.stopping = True

        return await self._utter(RosUtterance(text), until_said)

    async def _until_said(self, say: Say, one: RosUtterance, fields: dict[str, Any], within_s: float) -> None:
        if say.kind == "action":
            await self._by_action(say, one, fields, within_s)
        elif say.kind == "service":
            await self._by_service(say, one, fields, within_s)
        else:
            await self._client.publish(self._profile.place(say.name), fields, within_s=within_s)
            one.handed_over.set()
        if say.ends.rule == "status_topic":
            await one.until(self._told_over(one, say))
        elif say.ends.rule == "estimated_duration":
            await one.until(asyncio.sleep(reckoned_s(say, one.n_characters)))

    async def _by_service(self, say: Say, one: RosUtterance, fields: dict[str, Any], within_s: float) -> None:
        to_the_end = say.ends.rule == "service_reply"
        longest_s = self._patience.longest_s(one.n_characters) if to_the_end else within_s

        async def called() -> None:
            place = self._profile.place(say.name)
            _check(
                say,
                await self._client.call(place, say.type, fields, within_s=longest_s, sent_within_s=within_s),
            )

        one.handed_over.set()
        await one.until(called())

    async def _by_action(self, say: Say, one: RosUtterance, fields: dict[str, Any], within_s: float) -> None:
        place = self._profile.place(say.name)
        one.goal = goal = await self._client.goal(place, say.type, fields, within_s=within_s)
        one.handed_over.set()

        async def reached() -> None:
            longest_s = self._patience.longest_s(one.n_characters)
            _check(say, await goal.result(within_s=longest_s))

        await one.until(reached())
        if one.is_cut and not one.called_off:  # it was stopped before it was handed over
            await goal.cancel(within_s=CANCEL_WITHIN_S)

    async def _told_over(self, one: RosUtterance, say: Say) -> None:
        longest_s = self._patience.longest_s(one.n_characters)
        await until_told(one.begun, say.ends.starts_within_s, "beginning", one, LOOK_AT_TOPIC)
        await until_told(one.finished, longest_s, "end", one, LOOK_AT_TOPIC)

    # ------------------------------------------------------------ silence

    async def stop(self, *, within_s: float) -> bool:
        """See the port ``Robot``. Raises besides: RobotRefused: it cannot be stopped, and speaks on."""
        if self._profile.file.stop is None:
            raise lacks(self._profile.name, "stop", "be stopped")
        return await super().stop(within_s=within_s)

    async def _ask_for_silence(self, one: RosUtterance | None, within_s: float) -> bool:
        how = self._profile.file.stop
        if how is None:
            return False
        if how.kind == "cancel":
            if one is None:
                return True
            await one.handed_over.wait()
            one.called_off = True
            return one.goal is None or await one.goal.cancel(within_s=within_s)
        assert how.name  # the profile's checks
        assert how.type
        place = self._profile.place(how.name)
        if how.kind == "service":
            return succeeded(how, await self._client.call(place, how.type, how.fields, within_s=within_s))
        await self._client.publish(place, how.fields, within_s=within_s)
        if one is None or self.estimated:
            return False  # nothing tells
        await one.finished.wait()
        return True


def reckoned_s(say: Say, n_characters: int) -> float:
    """How long a robot that tells nothing is taken to speak, seconds."""
    return (say.ends.plus_s or 0.0) + n_characters / (say.ends.characters_per_s or 1.0)


def _check(say: Say, values: Mapping[str, Any]) -> None:
    if not succeeded(say, values):
        raise RobotRefused(
            f"{say.name} answered that it was not said.",
            remedy="See that the robot's speech works at all, on the robot itself.",
        )
