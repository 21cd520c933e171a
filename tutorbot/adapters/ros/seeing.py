"""A robot's camera: the newest picture, checked, with its age; nothing at all unless somebody watches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from tutorbot.adapters.robots.pictures import Refused, jpeg_in
from tutorbot.adapters.robots.viewer import Viewer
from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.clock import RobotClock
from tutorbot.adapters.ros.profile import RobotProfile, lacks
from tutorbot.adapters.ros.stamps import stamped_s

OLDEST_S = 0.5
"""Older pictures are dropped. P"""
STALE_FOR_S = 5.0
"""After so long with nothing but pictures of a wrong time, the clocks are taken to differ anew. P"""


class Age:
    """How old pictures are by their stamps, on a robot whose clock is not ours. Times in seconds.

    offset_s: our clock minus the robot's, measured. None: as if the fastest picture so far had come in no
    time, so that every age lacks what that one took.
    """

    def __init__(self, offset_s: float | None, *, now_s: Callable[[], float]) -> None:
        self._measured = offset_s is not None
        self._offset_s, self._now_s = offset_s, now_s

    def of(self, message: Mapping[str, Any]) -> float | None:
        """Seconds since it was taken; None: the robot did not stamp it. Below 0: the clocks differ."""
        stamp_s = stamped_s(message)
        if stamp_s is None:
            return None
        apart_s = self._now_s() - stamp_s
        if not self._measured and (self._offset_s is None or apart_s < self._offset_s):
            self._offset_s = apart_s
        return apart_s - (self._offset_s or 0.0)

    def measured(self, offset_s: float | None) -> None:
        """The offset was measured, or can be measured no longer (None)."""
        if offset_s is not None or self._measured:
            self._measured, self._offset_s = offset_s is not None, offset_s

    def begin_anew(self) -> None:
        """The clocks were set; a measured offset stays."""
        if not self._measured:
            self._offset_s = None


class Eyes:
    """The camera of one robot."""

    def __init__(
        self,
        client: RosbridgeClient,
        profile: RobotProfile,
        *,
        pictured: Callable[[bytes, float | None], None],
        complain: Callable[[str], None],
        note: Callable[[str], None],
        clock_offset_s: float | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """note: told what is known of the robot's clock. clock_offset_s: None: measured while watching."""
        self._client, self._profile = client, profile
        self._age = age = Age(clock_offset_s, now_s=now_s)
        self._clock: RobotClock | None = None
        if clock_offset_s is None:
            self._clock = RobotClock(client, profile, measured=age.measured, note=note, now_s=now_s)
        self._viewer = Viewer(self._read, pictured=pictured, complain=complain)
        self._stale_since_s: float | None = None

    async def watch(self, on: bool) -> None:
        """Begin or end.

        Raises: RobotRefused: there is no camera to begin with. RobotUnreachable: the bridge was not told; it
            will be when it is back, and after an end nothing is seen in any case.
        """
        see = self._profile.file.see
        if on and see is None:
            raise lacks(self._profile.name, "see", "show what it sees")
        if see is None or on == self._viewer.on:
            return
        place = self._profile.place(see.name)
        if not on:
            await self._viewer.end()
            try:
                await self._client.unsubscribe(place, self._viewer.put)
            finally:
                await self.close()
            return
        self._viewer.begin()
        if self._clock is not None:
            await self._clock.start()
        await self._client.subscribe(
            place, see.type, self._viewer.put, compression="cbor", throttle_ms=round(1000 * see.every_s)
        )

    async def close(self) -> None:
        """See nothing any longer."""
        await self._viewer.end()
        if self._clock is not None:
            await self._clock.close()

    def bridge_is_back(self) -> None:
        """It may be another robot, and its clock another one."""
        if self._clock is not None:
            self._clock.measure_soon()

    def _read(self, message: Mapping[str, Any]) -> tuple[bytes, float | None]:
        jpeg, age_s = jpeg_of(message), self._age.of(message)
        self._refuse_old(age_s)
        return jpeg, age_s

    def _refuse_old(self, age_s: float | None) -> None:
        if age_s is None or abs(age_s) <= OLDEST_S:
            self._stale_since_s = None
            return
        now_s = asyncio.get_running_loop().time()
        since_s = self._stale_since_s = self._stale_since_s or now_s
        if now_s - since_s > STALE_FOR_S:
            self._age.begin_anew()
            self.bridge_is_back()
            self._stale_since_s = None
        if age_s > 0:
            raise Refused(f"pictures older than {OLDEST_S:g} s by their stamps are dropped")
        raise Refused("pictures are stamped later than they came: the clocks' offset is wrong")


def jpeg_of(message: Mapping[str, Any]) -> bytes:
    """The picture in a CompressedImage, bytes by CBOR or base64 by JSON. Raises: Refused."""
    return jpeg_in(message.get("data"))
