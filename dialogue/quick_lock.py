"""A lock store for one Rasa process that looks for its turn often.

Rasa's own store asks once a second, so a learner's message that meets a proactive act of the
same conversation waits up to a second for nothing. Rasa takes any store of a project's own as
fit for several workers; this one is not, so ``SANIC_WORKERS`` stays 1.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore

LOOK_EVERY_S = 0.02


class QuickLockStore(InMemoryLockStore):
    """Rasa's in-memory store, asking fifty times a second."""

    def __init__(self, endpoint_config: Any = None) -> None:
        """Args: endpoint_config: what Rasa read from ``endpoints.yml``; nothing in it is needed."""
        super().__init__()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = LOOK_EVERY_S,
    ) -> AsyncGenerator[TicketLock, None]:
        """Wait for the conversation to be free, then hold it."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            yield ticket
