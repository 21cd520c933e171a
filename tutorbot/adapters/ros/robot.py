"""A robot behind a rosbridge server, as its profile describes it: the port ``Robot``.

Says, hears, sees and moves through one client; each of these is a file of its own beside this one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from tutorbot.adapters.robots.clean import clean
from tutorbot.adapters.robots.line import BridgeSettings, BridgeState
from tutorbot.adapters.robots.mouth import Patience
from tutorbot.adapters.robots.news import News
from tutorbot.adapters.ros.asking import Asking
from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.hearing import Ears
from tutorbot.adapters.ros.moving import Moving
from tutorbot.adapters.ros.placeholders import found
from tutorbot.adapters.ros.profile import RobotProfile
from tutorbot.adapters.ros.seeing import Eyes
from tutorbot.adapters.ros.speaking import Speaking
from tutorbot.adapters.ros.telling import Telling
from tutorbot.ports import RobotEvents, Spoken


class RosRobot:
    """Port ``Robot``. Use from one event loop; ``start`` once."""

    def __init__(
        self,
        profile: RobotProfile,
        settings: BridgeSettings,
        *,
        patience: Patience | None = None,
        clock_offset_s: float | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """clock_offset_s: our clock minus the robot's, seconds; None: measured while the camera is watched.

        now_s: our clock.
        """
        self._profile = profile
        self._news = news = News(profile.name)
        self._client = client = RosbridgeClient(
            settings, probe=profile.probe, on_state=self._state, on_fault=self._fault
        )
        self._mouth = Speaking(client, profile, patience=patience or Patience(), complain=news.complain)
        self._body = Moving(client, profile, complain=news.complain)
        self._ears = Ears(client, profile, heard=news.heard, complain=news.complain)
        self._asking = Asking(client, profile, self._mouth, heard=news.heard, complain=news.complain)
        self._eyes = Eyes(
            client,
            profile,
            pictured=news.pictured,
            complain=news.complain,
            note=news.note,
            clock_offset_s=clock_offset_s,
            now_s=now_s,
        )
        self._voice = Telling(client, profile)

    @property
    def name(self) -> str:
        """Of the profile."""
        return self._profile.name

    @property
    def can(self) -> frozenset[str]:
        """What the profile names."""
        return self._profile.can

    @property
    def motions(self) -> Mapping[str, tuple[str, ...]]:
        """What the profile names."""
        return self._profile.motions

    @property
    def shows_itself(self) -> bool:
        """Whether ready means that the robot answered, and not its bridge alone."""
        return self._profile.probe.kind != "echo"

    def by(self, part: str) -> str | None:
        """By what it does this, in words; see ``RobotProfile.by``."""
        return self._profile.by(part)

    def types(self, part: str) -> frozenset[str]:
        """The types it needs on the robot for this; the bridge complains of those that it does not know."""
        return self._profile.types(part)

    # ------------------------------------------------------------ life

    async def start(self, events: RobotEvents) -> None:
        """Begin to call the bridge. Raises: BadInput: its address is none."""
        self._news.events = events
        for part in (self._mouth, self._body, self._ears, self._voice):
            await part.declare()
        touch, services = self._profile.file.touch, self._profile.file.services
        if touch is not None:
            await self._client.subscribe(self._profile.place(touch.name), touch.type, self._touched)
        if services.pause is not None:
            kind = self._profile.type("std_srvs/srv/SetBool")
            await self._client.serve(self._profile.place(services.pause), kind, self._asked_to_pause)
        if services.end is not None:
            kind = self._profile.type("std_srvs/srv/Trigger")
            await self._client.serve(self._profile.place(services.end), kind, self._asked_to_end)
        await self._client.start()
        self._asking.start()

    async def ready(self, *, within_s: float) -> None:
        """Return once commands are taken. Raises: RobotUnreachable."""
        await self._client.ready(within_s=within_s)

    async def close(self) -> None:
        """Let go of it; what it says now it may say to its end."""
        self._news.events = None
        for part in (self._asking, self._eyes, self._ears, self._body, self._mouth):
            await part.close()
        await self._client.close()

    # ------------------------------------------------------------ commands

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        """See the port. One utterance at a time: another meanwhile raises RobotRefused."""
        self._asking.understand(language)
        return await self._mouth.say(text, language=language, within_s=within_s)

    async def stop_speaking(self, *, within_s: float) -> bool:
        """See the port. The utterance counts as stopped afterwards, confirmed or not."""
        return await self._mouth.stop(within_s=within_s)

    async def gesture(self, name: str, *, within_s: float) -> None:
        """See the port."""
        await self._body.begin("gesture", name, within_s=within_s)

    async def express(self, name: str, *, within_s: float) -> None:
        """See the port."""
        await self._body.begin("express", name, within_s=within_s)

    async def look(self, at: str, *, within_s: float) -> None:
        """See the port."""
        await self._body.begin("look", at, within_s=within_s)

    async def move(self, part: str, name: str, *, within_s: float, ends_within_s: float) -> bool:
        """A motion to its end, for whoever tries the robot. Returns: whether it told that it took it.

        part: gesture, express or look. One that does not end in time is called off. Raises: as ``gesture``.
        """
        return await self._body.do(part, name, within_s=within_s, ends_within_s=ends_within_s)

    async def watch(self, on: bool) -> None:
        """See the port. Goes on after a loss of the bridge. Raises: RobotUnreachable."""
        await self._eyes.watch(on)

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        """See the port; values must hold nobody's words."""
        await self._voice.tell(what, values, within_s=within_s)

    # ------------------------------------------------------------ what the robot tells

    def _state(self, state: BridgeState) -> None:
        if state is BridgeState.DOWN:
            self._mouth.lost()
        elif state is BridgeState.READY:
            self._eyes.bridge_is_back()
        self._news.changed(state)

    def _fault(self, what: str) -> None:
        self._news.complain(self._mouth.without_words(what))

    def _touched(self, message: Mapping[str, Any]) -> None:
        touch = self._profile.file.touch
        where = found(message, touch.field) if touch is not None else None
        if not isinstance(where, str) or not 0 < len(where) <= 100:
            self._news.complain("a touch without a name was ignored")
        elif self._news.events is not None:
            self._news.events.touched(clean(where))

    async def _asked_to_pause(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._asked("pause", bool(asked.get("data")))

    async def _asked_to_end(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._asked("end", True)

    async def _asked(self, what: str, on: bool) -> Mapping[str, Any]:
        """The answer of std_srvs/SetBool and Trigger."""
        events = self._news.events
        why_not = "the tutor is closing" if events is None else await events.asked(what, on)
        return {"success": why_not is None, "message": why_not or "done"}
