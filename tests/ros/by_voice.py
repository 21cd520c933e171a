"""The same lesson by voice on a robot and by hand on a page, for comparing what was decided."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.ros.ros_bench import RosBench
from tests.session.room import CODE, Room
from tutorbot.adapters.ros import BridgeSettings, RobotProfile, RosbridgeClient, RosRobot
from tutorbot.core.events import AffectWindow, ConcentrationState, Health, RobotHearing, RobotSpeech, Row

ASIDE = (RobotSpeech, RobotHearing, Health, AffectWindow, ConcentrationState)
"""The robot's own rows, and those of the seconds that went by: a robot takes its time to speak."""
SAYINGS = ("Can I have a hint?", "what do you mean?", "thank you")


@asynccontextmanager
async def ears_of(bench: RosBench, profile: RobotProfile) -> AsyncIterator[Callable[[str], Any]]:
    """Somebody who speaks to the robot: whole sentences, as its speech recognition tells them."""
    hear = profile.file.hear
    assert hear is not None
    topic = profile.place(hear.name, id="anonymous_speaker")
    client = RosbridgeClient(BridgeSettings(url=bench.url), probe=profile.probe)
    await client.advertise(topic, hear.type)
    await client.start()
    await client.ready(within_s=20)

    async def speak(text: str) -> None:
        heard = {"final": text, "incremental": "", "confidence": 0.9, "locale": "en_GB"}
        whole = hear.format == "live_speech"
        await client.publish(topic, heard if whole else {"data": json.dumps(heard)})

    try:
        yield speak
    finally:
        await client.close()


async def until(wanted: Callable[[], bool], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def story(rows: tuple[Row, ...]) -> list[tuple[str, Any]]:
    """What happened, in order, and what tells rows apart; times aside."""
    told = ("text", "intent", "kind", "outcome", "trust", "wording_id", "reason", "level", "item_id")
    return [
        (row.table, tuple(getattr(row, name) for name in told if hasattr(row, name)))
        for row in rows
        if not isinstance(row, ASIDE)
    ]


async def lesson(room: Room, say: Callable[[str], Any]) -> tuple[Row, ...]:
    """The same script for both: boards on the page, words by ``say``, which returns when they are in."""
    await room.begin()
    for text in SAYINGS:
        before = len([row for row in room.rows if row.table == "tutor_said"])
        await say(text)
        assert len([row for row in room.rows if row.table == "tutor_said"]) > before
    await room.sort(right=False)
    await room.sort(right=True)
    await room.probe()
    await room.send("end")
    return room.rows


@asynccontextmanager
async def two_rooms() -> AsyncIterator[tuple[Room, Room]]:
    """Two tutors with the same participant, seed and condition."""
    made = await Room().open(), await Room().open()
    try:
        yield made
    finally:
        for room in made:
            await room.sessions.close()


async def decided_alike(bench: RosBench, profile: RobotProfile) -> list[str]:
    """Hold the lesson on both and compare. Returns: what became of each thing that the robot heard."""
    async with two_rooms() as (page, robot):
        by_voice = await _held_by_voice(bench, robot, profile)

        async def typed(text: str) -> None:
            await page.send("say", text=text)

        by_hand = await lesson(page, typed)
        assert story(by_voice) == story(by_hand)
        assert len(by_voice) > 20
        assert [row.outcome for row in robot.of(RobotSpeech)] == ["spoken"] * len(SAYINGS)
        return [row.outcome for row in robot.of(RobotHearing)]


async def _held_by_voice(bench: RosBench, room: Room, profile: RobotProfile) -> tuple[Row, ...]:
    body = RosRobot(profile, BridgeSettings(url=bench.url))
    async with ears_of(bench, profile) as speak:
        seat = await room.sessions.seat(CODE, body)
        await body.ready(within_s=20)

        async def spoken(text: str) -> None:
            await speak(text)
            await until(lambda: any(getattr(row, "text", None) == text for row in room.rows))
            await room.settled()
            await seat.idle()

        rows = await lesson(room, spoken)
        await seat.idle()
        return rows
