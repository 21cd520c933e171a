"""What the Rasa server prints, kept in a file that does not grow without end."""

from __future__ import annotations

import asyncio
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES = 2_000_000
N_KEPT = 3
_LONGEST_LINE = 64 * 1024


class ChildLog:
    """A rotated log file of a child's output, with secrets blotted out."""

    def __init__(self, path: Path, *, secrets: tuple[str, ...]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._secrets = tuple(secret for secret in secrets if secret)
        self._file = RotatingFileHandler(
            path, maxBytes=MAX_BYTES, backupCount=N_KEPT, encoding="utf-8", delay=True
        )
        self._file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    async def drain(self, output: asyncio.StreamReader) -> None:
        """Write line by line until the child closes its output, then close the file."""
        rest = b""
        try:
            while chunk := await output.read(_LONGEST_LINE):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._write(line)
                if len(rest) > _LONGEST_LINE:
                    self._write(rest)
                    rest = b""
            self._write(rest)
        finally:
            self._file.close()

    def _write(self, line: bytes) -> None:
        text = line.decode("utf-8", errors="replace").rstrip()
        for secret in self._secrets:
            text = text.replace(secret, "***")
        if text:
            self._file.handle(logging.makeLogRecord({"msg": "%s", "args": (text,), "levelno": logging.INFO}))
