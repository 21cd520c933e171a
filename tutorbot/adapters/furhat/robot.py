"""A Furhat robot as the port ``Robot``: it says, hears, sees and moves, each in a file beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from tutorbot.adapters.furhat.client import FurhatClient, events_url
from tutorbot.adapters.furhat.hearing import LEAST_S, NO_LONGER, Ears
from tutorbot.adapters.furhat.moving import MOTIONS, move
from tutorbot.adapters.furhat.seeing import Eyes
from tutorbot.adapters.furhat.speaking import MOST_REASON, STARTS_WITHIN_S, Speaking
from tutorbot.adapters.robots.line import BridgeSettings, BridgeState
from tutorbot.adapters.robots.mouth import CANCEL_WITHIN_S, Patience
from tutorbot.adapters.robots.news import News
from tutorbot.errors import RobotRefused, RobotUnreachable
from tutorbot.ports import RobotEvents, Spoken

CAN = frozenset({"say", "stop", "gesture", "express", "look", "hear", "see"})


class FurhatRobot:
    """Port ``Robot``. Use from one event loop; ``start`` once."""

    def __init__(
        self,
        settings: BridgeSettings,
        *,
        key: str = "",
        patience: Patience | None = None,
        starts_within_s: float = STARTS_WITHIN_S,
        listen_again_s: float = LEAST_S,
    ) -> None:
        """key: of the Realtime API, where the robot asks for one. Times in seconds; see where they are used.

        settings: url may be the robot's address alone. Raises: BadInput: it is none.
        """
        self._news = news = News(self.name)
        self._client = client = FurhatClient(
            replace(settings, url=events_url(settings.url)),
            key=key,
            on_state=self._state,
            on_fault=self._fault,
        )
        self._mouth = Speaking(
            client, patience=patience or Patience(), starts_within_s=starts_within_s, complain=news.complain
        )
        self._ears = Ears(client, heard=news.heard, complain=news.complain, least_s=listen_again_s)
        self._eyes = Eyes(client, pictured=news.pictured, complain=news.complain)

    @property
    def name(self) -> str:
        """As where a robot is chosen."""
        return "furhat"

    @property
    def can(self) -> frozenset[str]:
        """All but touch, which its API does not tell, and tell, since no other programs listen."""
        return CAN

    @property
    def motions(self) -> Mapping[str, tuple[str, ...]]:
        """See ``moving``."""
        return {part: tuple(names) for part, names in MOTIONS.items()}

    # ------------------------------------------------------------ life

    async def start(self, events: RobotEvents) -> None:
        """Begin to call the robot."""
        self._news.events = events
        await self._client.start()

    async def ready(self, *, within_s: float) -> None:
        """Return once commands are taken. Raises: RobotUnreachable."""
        await self._client.ready(within_s=within_s)

    async def close(self) -> None:
        """Let go of it: it listens no longer; what it says now it may say to its end."""
        self._news.events = None
        await self._ears.close()
        await self._mouth.close()
        with suppress(RobotUnreachable):  # it is let go of all the same
            await self._eyes.watch(False)
            await self._client.send(NO_LONGER, within_s=CANCEL_WITHIN_S)
        await self._client.close()

    # ------------------------------------------------------------ commands

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        """See the port. One utterance at a time: another meanwhile raises RobotRefused.

        language: speech is recognised in it from now on; the voice is the one chosen on the robot.
        """
        self._ears.understand(language)
        return await self._mouth.say(text, within_s=within_s)

    async def stop_speaking(self, *, within_s: float) -> bool:
        """See the port. The utterance counts as stopped afterwards, confirmed or not."""
        return await self._mouth.stop(within_s=within_s)

    async def gesture(self, name: str, *, within_s: float) -> None:
        """See the port."""
        await move(self._client, "gesture", name, within_s=within_s)

    async def express(self, name: str, *, within_s: float) -> None:
        """See the port. A smile or a thoughtful look passes by itself."""
        await move(self._client, "express", name, within_s=within_s)

    async def look(self, at: str, *, within_s: float) -> None:
        """See the port."""
        await move(self._client, "look", at, within_s=within_s)

    async def watch(self, on: bool) -> None:
        """See the port. Goes on after a loss of the robot. Raises: RobotUnreachable."""
        await self._eyes.watch(on)

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        """Raises: RobotRefused: always; there is nobody to be told."""
        raise RobotRefused(f"A Furhat robot has nobody to tell {what}.", remedy="Ask `can` before.")

    # ------------------------------------------------------------ what the robot tells

    def _state(self, state: BridgeState) -> None:
        if state is BridgeState.DOWN:
            self._mouth.lost()
        self._news.changed(state)

    def _fault(self, what: str) -> None:
        self._news.complain(self._mouth.without_words(what)[:MOST_REASON])
