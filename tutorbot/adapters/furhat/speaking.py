"""Speaking by a Furhat robot, which tells the beginning and the end of every utterance.

Texts go with ``abort``, so that the robot never queues one behind another: what somebody else has it say at
that moment is cut short. Source of the messages: furhat-realtime-api 0.1.3.
"""

from __future__ import annotations

from collections.abc import Callable

from tutorbot.adapters.furhat.client import ERROR, FurhatClient, reason_in
from tutorbot.adapters.robots.line import BridgeState
from tutorbot.adapters.robots.link import unreachable
from tutorbot.adapters.robots.mouth import CANCEL_WITHIN_S, Mouth, Patience, require_words, until_told
from tutorbot.adapters.robots.utterance import Utterance
from tutorbot.adapters.robots.wire import Message
from tutorbot.errors import RobotRefused
from tutorbot.ports import Spoken

STARTS_WITHIN_S = 5.0
"""Longest until the first sound; a new sentence is synthesised first, about a second by public reports. P"""
MOST_REASON = 200
"""Characters of the robot's own words in an error or a complaint."""
SILENCE = {"type": "request.speak.stop"}
SEE_VOICE = "See on the robot's own page that it speaks at all and that its voice is there."


class FurhatUtterance(Utterance):
    """An utterance and what the robot told of its end."""

    def __init__(self, text: str, request_id: str) -> None:
        """request_id: the robot's answers bear it, if they bear any."""
        super().__init__(text)
        self.request_id = request_id
        self.ended = False
        """The robot told its end."""
        self.failure: str | None = None
        """Why it was not said."""
        self.called_off = False
        """The robot was told to be silent."""

    def is_meant(self, message: Message) -> bool:
        """Whether a message is of this one; without an id it may be of the one before."""
        request_id = message.get("request_id")
        return request_id is None or request_id == self.request_id

    def end(self, failure: str | None = None) -> None:
        """The robot no longer speaks."""
        self.ended, self.failure = True, failure
        self.begun.set()
        self.finished.set()


class Speaking(Mouth[FurhatUtterance]):
    """The mouth of one robot. complain: is told of what goes wrong beside a command."""

    def __init__(
        self,
        client: FurhatClient,
        *,
        patience: Patience,
        starts_within_s: float,
        complain: Callable[[str], None],
    ) -> None:
        super().__init__(client, patience=patience, complain=complain)
        self._client, self._starts_within_s = client, starts_within_s
        client.listen("response.speak.start", self._started)
        client.listen("response.speak.end", self._ended)
        client.listen(ERROR, self._failed)

    async def say(self, text: str, *, within_s: float) -> Spoken:
        """See the port ``Robot``. Raises besides: RobotRefused: it still says something else."""
        require_words(text)
        utterance = FurhatUtterance(text, self._client.living().new_id())

        async def until_said(one: FurhatUtterance) -> None:
            message = {
                "type": "request.speak.text",
                "text": text,
                "abort": True,
                "monitor_words": False,
                "request_id": one.request_id,
            }
            await self._client.send(message, within_s=within_s)
            one.handed_over.set()
            await one.until(self._told_over(one))
            if one.is_cut and not one.called_off:  # it was stopped before it was handed over
                await self._client.send(SILENCE, within_s=CANCEL_WITHIN_S)

        return await self._utter(utterance, until_said)

    async def _told_over(self, one: FurhatUtterance) -> None:
        await until_told(one.begun, self._starts_within_s, "beginning", one, SEE_VOICE)
        await until_told(one.finished, self._patience.longest_s(one.n_characters), "end", one, SEE_VOICE)
        if one.failure is not None:
            raise RobotRefused(f"The robot did not say it: {one.failure}.", remedy=SEE_VOICE)

    async def _ask_for_silence(self, one: FurhatUtterance | None, within_s: float) -> bool:
        if one is not None:
            await one.handed_over.wait()
            one.called_off = True
        await self._client.send(SILENCE, within_s=within_s)
        if one is None:
            return True
        await one.finished.wait()
        if self._client.state is not BridgeState.READY:
            raise unreachable("The robot was lost before it confirmed that it is silent.")
        return one.ended

    # ------------------------------------------------------------ what the robot tells

    def _started(self, message: Message) -> None:
        if self._now is not None and self._now.is_meant(message):
            self._now.told(speaking=True)

    def _ended(self, message: Message) -> None:
        one, failed, aborted = self._now, message.get("failed") is True, message.get("aborted") is True
        if one is None or not one.is_meant(message):
            return
        known = message.get("request_id") is not None
        if not (known or one.begun.is_set() or one.stopping or failed):
            return  # the end of the one before, which this one cut short
        one.stopping = one.stopping or aborted
        one.end("its synthesis failed" if failed else None)

    def _failed(self, message: Message) -> None:
        one = self._now
        if one is not None and message.get("request_id") == one.request_id:
            one.end(one.taken_out_of(reason_in(message))[:MOST_REASON])
