"""What a robot's speech recognition heard, whatever its message looks like. The words go to nobody else."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tutorbot.adapters.robots.speech import NotHeard, words_in
from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.placeholders import found
from tutorbot.adapters.ros.profile import RobotProfile
from tutorbot.adapters.ros.profile_file import Hear
from tutorbot.errors import RobotUnreachable
from tutorbot.ports import Hearing

VOICE = re.compile(r"[A-Za-z0-9_]{1,100}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}")
MOST_VOICES = 20
"""Listened to at a time; more are a fault of the robot's program. P"""


class Ears:
    """The hearing of one robot."""

    def __init__(
        self,
        client: RosbridgeClient,
        profile: RobotProfile,
        *,
        heard: Callable[[Hearing], None],
        complain: Callable[[str], None],
    ) -> None:
        self._client, self._profile, self._heard, self._complain = client, profile, heard, complain
        self._voices: set[str] = set()
        self._jobs: set[asyncio.Task[None]] = set()

    async def declare(self) -> None:
        """Tell the client which topics this needs."""
        hear = self._profile.file.hear
        if hear is None or hear.kind == "service":
            return
        if hear.ids is None:
            await self._client.subscribe(self._profile.place(hear.name), hear.type, self._take)
            return
        await self._client.subscribe(self._profile.place(hear.ids.topic), hear.ids.type, self._tracked)
        for voice in hear.ids.always:
            self._voices.add(voice)
            await self._client.subscribe(self._of(hear, voice), hear.type, self._take)

    async def close(self) -> None:
        """Begin and end listening to nobody any longer."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def _of(self, hear: Hear, voice: str) -> str:
        return self._profile.place(hear.name, id=voice)

    def _tracked(self, message: Mapping[str, Any]) -> None:
        """Voices come and go; each has a topic of its own."""
        hear = self._profile.file.hear
        assert hear is not None
        assert hear.ids is not None
        listed = found(message, hear.ids.field)
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            self._complain("the robot's list of voices holds no ids")
            return
        fit = {one for one in listed if VOICE.fullmatch(one)}
        if len(fit) < len(set(listed)) or len(fit) > MOST_VOICES:
            self._complain("the robot's list of voices holds ids that are none, or too many")
        now = {*sorted(fit)[:MOST_VOICES], *hear.ids.always}
        came, gone = now - self._voices, self._voices - now
        self._voices = now
        for voice in came:
            self._job(self._client.subscribe(self._of(hear, voice), hear.type, self._take))
        for voice in gone:
            self._job(self._client.unsubscribe(self._of(hear, voice), self._take))

    def _job(self, work: Coroutine[Any, Any, None]) -> None:
        async def done() -> None:
            try:
                await work
            except RobotUnreachable as error:
                self._complain(error.what)

        job = asyncio.create_task(done())
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    def _take(self, message: Mapping[str, Any]) -> None:
        hear = self._profile.file.hear
        assert hear is not None
        try:
            hearing = understood(message, hear)
        except NotHeard as error:
            self._complain(str(error))
            return
        self._heard(hearing)


def understood(message: Mapping[str, Any], hear: Hear) -> Hearing:
    """A message as what was heard. Raises: NotHeard."""
    fields: Any = message
    if hear.format != "live_speech":
        fields = found(message, hear.field)
    if hear.format == "text":
        fields = {"final": fields}
    elif hear.format == "json":
        fields = _object(fields)
    final, incremental = fields.get("final") or "", fields.get("incremental") or ""
    return Hearing(
        text=words_in(final or incremental),
        final=bool(final),
        confidence=_confidence(fields.get("confidence")) if hear.tells_confidence else None,
        language=_language(fields.get("language")) or _language(fields.get("locale")),
    )


def _object(text: object) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotHeard("speech of the robot is no JSON object")
    return value


def _confidence(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    return None


def _language(value: object) -> str | None:
    return value if isinstance(value, str) and LANGUAGE.fullmatch(value) else None
