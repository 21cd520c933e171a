"""Rooms that are closed behind the test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.session.room import Room


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    """A session at the start, its page before it."""
    made = await Room().open()
    yield made
    await made.sessions.close()
