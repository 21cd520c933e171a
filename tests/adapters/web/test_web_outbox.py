"""A slow page gets fewer views, never older ones, and nothing twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tutorbot.adapters.web.limits import DoneActions, TokenBucket
from tutorbot.adapters.web.outbox import Outbox
from tutorbot.ports import TutorLine


def view(n: int, messages: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"phase": "task", "mark": n, "messages": [{"n": m, "who": "tutor", "text": "x"} for m in messages]}


def line(text: str = "hello") -> TutorLine:
    return TutorLine(text=text, wording_id="greet/1")


async def drain(outbox: Outbox) -> list[dict[str, Any]]:
    return [json.loads(await outbox.next()) for _ in range(len(outbox))]


async def test_only_the_newest_view_waits() -> None:
    outbox = Outbox()
    for n in range(1000):
        await outbox.show(view(n))
    assert [message["view"]["mark"] for message in await drain(outbox)] == [999]


async def test_a_newer_view_takes_the_older_ones_place_before_the_acknowledgement() -> None:
    outbox = Outbox()
    await outbox.show(view(1))
    outbox.send({"type": "ack", "client_id": "c"})
    await outbox.show(view(2))
    sent = await drain(outbox)
    assert [message["type"] for message in sent] == ["view", "ack"]
    assert sent[0]["view"]["mark"] == 2


async def test_lines_are_numbered_after_all_that_a_view_has_shown() -> None:
    outbox = Outbox()
    await outbox.show(view(1, messages=(1, 2, 3)))
    await outbox.say(line(), at_s=1.0)
    await outbox.say(line(), at_s=2.0)
    assert [message["n"] for message in (await drain(outbox))[1:]] == [4, 5]


async def test_a_page_that_does_not_read_is_cut_off_and_not_waited_for() -> None:
    outbox = Outbox(limit=10)
    for _ in range(50):
        await outbox.say(line(), at_s=0.0)
    assert len(outbox) == 10
    assert outbox.overrun.is_set()


async def test_the_writer_wakes_when_something_comes() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)
    await outbox.say(line("now"), at_s=0.0)
    assert json.loads(await waiting)["text"] == "now"


async def test_a_number_that_is_none_never_reaches_the_page() -> None:
    with pytest.raises(ValueError, match="JSON"):
        await Outbox().show({"phase": "task", "mark": float("nan")})


def test_a_bucket_lets_the_burst_through_and_then_the_rate() -> None:
    bucket = TokenBucket(rate=2.0, burst=3)
    assert [bucket.take(0.0) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]


def test_a_bucket_is_not_filled_by_a_clock_that_steps_back() -> None:
    bucket = TokenBucket(rate=1.0, burst=1)
    assert bucket.take(100.0)
    assert not bucket.take(50.0)


def test_only_the_latest_actions_are_remembered() -> None:
    done = DoneActions(2)
    for name in ("a", "b", "c"):
        done.add(name)
    assert ["a" in done, "b" in done, "c" in done] == [False, True, True]
