"""A Furhat robot's camera, which stamps nothing: how old a picture is, is not known.

Source: furhat-realtime-api 0.1.3.
"""

from __future__ import annotations

from collections.abc import Callable

from tutorbot.adapters.furhat.client import TELL_WITHIN_S, FurhatClient
from tutorbot.adapters.robots.line import BridgeState
from tutorbot.adapters.robots.link import Link
from tutorbot.adapters.robots.pictures import jpeg_in
from tutorbot.adapters.robots.viewer import Viewer
from tutorbot.adapters.robots.wire import Message

START = {"type": "request.camera.start"}
STOP = {"type": "request.camera.stop"}


class Eyes:
    """The camera of one robot."""

    def __init__(
        self,
        client: FurhatClient,
        *,
        pictured: Callable[[bytes, float | None], None],
        complain: Callable[[str], None],
    ) -> None:
        self._client = client
        self._viewer = Viewer(_read, pictured=pictured, complain=complain)
        client.on_open(self._open)
        client.listen("response.camera.data", self._viewer.put)

    async def watch(self, on: bool) -> None:
        """Begin or end.

        Raises: RobotUnreachable: the robot was not told; it will be when it is back, and after an end nothing
            is seen in any case.
        """
        if on == self._viewer.on:
            return
        if on:
            self._viewer.begin()
        else:
            await self._viewer.end()
        if self._client.state is BridgeState.READY:  # if not, it is told when it is
            await self._client.tell(START if on else STOP)

    async def _open(self, link: Link) -> None:
        if self._viewer.on:
            await link.send(START, within_s=TELL_WITHIN_S)
            if not self._viewer.on:  # it was ended meanwhile
                await link.send(STOP, within_s=TELL_WITHIN_S)


def _read(message: Message) -> tuple[bytes, None]:
    return jpeg_in(message.get("image")), None
