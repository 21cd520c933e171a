"""Speaking by a robot: one utterance at a time, each with an end, and silence when it is asked for.

A second utterance while one goes on is refused rather than kept, since nothing is said late. How the end is
known is the profile's affair: by the action's result, the service's reply, a topic, or by reckoning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tutorbot.adapters.ros.client import BridgeState, RosbridgeClient
from tutorbot.adapters.ros.goal import Canceled
from tutorbot.adapters.ros.link import unreachable
from tutorbot.adapters.ros.placeholders import found
from tutorbot.adapters.ros.profile import RobotProfile, lacks, succeeded
from tutorbot.adapters.ros.profile_file import Say, Stop
from tutorbot.adapters.ros.utterance import Utterance
from tutorbot.errors import BadInput, RobotRefused, RobotSilent, RobotUnreachable, TutorbotError
from tutorbot.ports import Spoken

CANCEL_WITHIN_S = 0.5
"""For calling off what nobody waits for any longer. P"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The longest an utterance may take: its characters at a slow pace, and a while besides. Pilot values."""

    characters_per_s: float = 4.0
    plus_s: float = 10.0

    def longest_s(self, n_characters: int) -> float:
        """Seconds until the end of so many characters must have been told."""
        return self.plus_s + n_characters / self.characters_per_s


class Speaking:
    """The mouth of one robot. complain: is told of what goes wrong beside a command."""

    def __init__(
        self,
        client: RosbridgeClient,
        profile: RobotProfile,
        *,
        patience: Patience,
        complain: Callable[[str], None],
    ) -> None:
        self._client, self._profile, self._patience, self._complain = client, profile, patience, complain
        self._now: Utterance | None = None
        self._work: set[asyncio.Task[Spoken]] = set()

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

    def lost(self) -> None:
        """The robot can no longer be reached: what it says now has no end that anybody would learn of."""
        if self._now is not None:
            self._now.cut(unreachable("The robot was lost in the middle of an utterance."))

    async def close(self) -> None:
        """Wait for nothing any longer."""
        for work in self._work:
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    def without_words(self, what: str) -> str:
        """A complaint of the bridge, which may repeat what was to be said, without these words."""
        if self._now is None:
            return what
        return self._now.taken_out_of(what)

    # ------------------------------------------------------------ speaking

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        """See the port ``Robot``. Raises besides: RobotRefused: it still says something else."""
        if not text.strip():
            raise BadInput("There are no words to say.", remedy="Hand over a text that is not empty.")
        fields = self._profile.spoken(text, language)
        if self._now is not None:
            raise RobotRefused(
                "The robot still says something else, and nothing is kept for later.",
                remedy="Wait for its end, or stop it before.",
            )
        self._now = utterance = Utterance(text)
        work = asyncio.create_task(self._spoken(utterance, fields, within_s))
        self._work.add(work)
        work.add_done_callback(self._over)
        return await asyncio.shield(work)

    def _over(self, work: asyncio.Task[Spoken]) -> None:
        self._work.discard(work)
        if not work.cancelled():
            work.exception()  # whoever asked may be gone

    async def _spoken(self, utterance: Utterance, fields: dict[str, Any], within_s: float) -> Spoken:
        say = self._profile.file.say
        assert say is not None  # the fields are its own
        try:
            await self._until_said(say, utterance, fields, within_s)
        except Canceled:
            utterance.stopping = True
        except RobotSilent:
            await self._call_off(utterance)
            raise
        finally:
            if self._now is utterance:
                self._now = None
            utterance.handed_over.set()  # or it never will be: nobody waits on
            utterance.finished.set()
        return Spoken(
            seconds=asyncio.get_running_loop().time() - utterance.began_s,
            estimated=say.ends.rule == "estimated_duration",
            stopped=utterance.stopping,
        )

    async def _until_said(self, say: Say, one: Utterance, fields: dict[str, Any], within_s: float) -> None:
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

    async def _by_service(self, say: Say, one: Utterance, fields: dict[str, Any], within_s: float) -> None:
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

    async def _by_action(self, say: Say, one: Utterance, fields: dict[str, Any], within_s: float) -> None:
        place = self._profile.place(say.name)
        one.goal = goal = await self._client.goal(place, say.type, fields, within_s=within_s)
        one.handed_over.set()

        async def reached() -> None:
            longest_s = self._patience.longest_s(one.n_characters)
            _check(say, await goal.result(within_s=longest_s))

        await one.until(reached())
        if one.is_cut and not one.called_off:  # it was stopped before it was handed over
            await goal.cancel(within_s=CANCEL_WITHIN_S)

    async def _told_over(self, one: Utterance, say: Say) -> None:
        longest_s = self._patience.longest_s(one.n_characters)
        await _in_time(one.begun, say.ends.starts_within_s, "beginning", one)
        await _in_time(one.finished, longest_s, "end", one)

    # ------------------------------------------------------------ silence

    async def _call_off(self, one: Utterance) -> None:
        """What the robot did not say in time it may say when nobody wants it any longer: it is to let be."""
        if (how := self._profile.file.stop) is not None:
            with suppress(TimeoutError, TutorbotError):  # whoever asked is told of the silence in any case
                async with asyncio.timeout(CANCEL_WITHIN_S):
                    await self._ask_for_silence(how, one, CANCEL_WITHIN_S)

    async def stop(self, *, within_s: float) -> bool:
        """See the port ``Robot``. Raises besides: RobotRefused: it cannot be stopped, and speaks on."""
        how, one = self._profile.file.stop, self._now
        if how is None:
            raise lacks(self._profile.name, "stop", "be stopped")
        if self._client.state is not BridgeState.READY:
            raise unreachable(f"The robot cannot be reached to be silent: {self._client.why_down}.")
        if one is not None:
            one.stopping = True
        try:
            async with asyncio.timeout(within_s):
                confirmed = await self._ask_for_silence(how, one, within_s)
        except (TimeoutError, RobotSilent):
            confirmed = False
        except RobotRefused:
            self._complain("the robot was asked to be silent and refused")
            confirmed = False
        except RobotUnreachable as error:
            self._cut(one, error)
            raise
        self._cut(one)
        return confirmed

    def _cut(self, one: Utterance | None, error: RobotUnreachable | None = None) -> None:
        if one is not None:
            one.cut(error)
            self._now = None if self._now is one else self._now

    async def _ask_for_silence(self, how: Stop, one: Utterance | None, within_s: float) -> bool:
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
        say = self._profile.file.say
        if one is None or say is None or say.ends.rule == "estimated_duration":
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


async def _in_time(event: asyncio.Event, within_s: float, what: str, one: Utterance) -> None:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError as error:
        raise RobotSilent(
            f"The robot told no {what} of an utterance of {one.n_characters} characters "
            f"within {within_s:g} s.",
            remedy="See that its topic of whether it speaks is that of the profile.",
        ) from error
