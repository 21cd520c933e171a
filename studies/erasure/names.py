"""What a person is called in files: their pseudonym as a word, session ids and links anywhere."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

NOTHING = r"[^\s\S]"
"""Matches no text at all: somebody without a name is nowhere."""


@dataclass(frozen=True)
class Names:
    """Of the people to take out. codes: pseudonyms. secrets: session ids and links.

    others: pseudonyms and session ids of everybody else in the study, to tell whose a file is.
    """

    codes: tuple[str, ...]
    secrets: tuple[str, ...]
    others: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> str:
        """A regular expression that RE2 (pyarrow) knows too, so without looking ahead or behind."""
        return _pattern(self.codes, self.secrets)

    @cached_property
    def _bytes(self) -> re.Pattern[bytes]:
        return re.compile(self.pattern.encode())

    @cached_property
    def _others(self) -> re.Pattern[str]:
        return re.compile(_pattern(self.others, ()))

    @property
    def any(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.codes or self.secrets)

    def within(self, data: bytes) -> bool:
        """Whether these bytes name one of the people."""
        return self._bytes.search(data) is not None

    def within_text(self, text: str) -> bool:
        """Whether this text names one of them."""
        return self.within(text.encode("utf-8", "surrogateescape"))

    def masked(self, text: str) -> str:
        """The text without session ids and links, as it may stand in a receipt."""
        for secret in self.secrets:
            text = text.replace(secret, "SESSION")
        return text

    def in_file(self, path: Path) -> bool:
        """Whether a file names one of them, read as it lies on the disk. Raises: OSError."""
        if path.stat().st_size == 0:
            return False
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return self._bytes.search(data) is not None

    def of_somebody_else(self, name: str) -> bool:
        """Whether a file's name says that it belongs to another participant or session."""
        return bool(self.others) and self._others.search(name) is not None


def _pattern(words: Iterable[str], anywhere: Iterable[str]) -> str:
    edge = "[^A-Za-z0-9]"
    either = [
        *(f"(?:^|{edge}){re.escape(word)}(?:{edge}|$)" for word in words),
        *(re.escape(name) for name in anywhere),
    ]
    return "|".join(either) or NOTHING


def files_under(root: Path) -> Iterator[Path]:
    """Every file of a folder in order, links left out."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
