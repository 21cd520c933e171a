"""Changes to files that happen together or not at all: written beside their places, then put there."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Staged:
    """New contents wait beside the files they replace; what goes is set aside until all is done.

    A process that dies half way leaves names with ``.erasing-`` in them: they lie in the same folder, and the
    same command finds and removes them like any other file. roots: folders that stay even if they get empty.
    """

    roots: tuple[Path, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_hex(4))
    _new: dict[Path, Path] = field(default_factory=dict)
    _gone: list[Path] = field(default_factory=list)
    _aside: list[tuple[Path, Path]] = field(default_factory=list)
    _placed: list[tuple[Path, Path]] = field(default_factory=list)

    def beside(self, path: Path) -> Path:
        """Where to write what shall replace a file (or stand there newly). Call ``replace`` when written."""
        return path.with_name(f".{path.name}.erasing-{self.token}")

    def replace(self, path: Path) -> None:
        """What was written beside it takes the file's place in ``apply``."""
        self._new[path] = self.beside(path)

    def contents(self, path: Path) -> Path:
        """The newest contents of a file: those that wait, or its own."""
        return self._new.get(path, path)

    def remove(self, path: Path) -> None:
        """The file goes in ``apply``."""
        if path not in self._gone:
            self._gone.append(path)

    def apply(self) -> None:
        """Put everything in its place. Raises: OSError; call ``undo`` then."""
        for path in (*self._new, *self._gone):
            if path.exists():
                aside = path.with_name(f".{path.name}.erasing-old-{self.token}")
                path.rename(aside)
                self._aside.append((path, aside))
        for path, new in self._new.items():
            _sync(new)
            new.rename(path)
            self._placed.append((path, new))

    def undo(self) -> None:
        """Everything is again as it was."""
        for path, new in reversed(self._placed):
            path.rename(new)
        for path, aside in reversed(self._aside):
            aside.rename(path)
        self._placed.clear()
        self._aside.clear()
        self.discard()

    def finish(self) -> None:
        """Delete what was set aside, and folders that nothing is left in."""
        for _, aside in self._aside:
            aside.unlink(missing_ok=True)
        for path in self._gone:
            for folder in path.parents:
                if folder in self.roots:
                    break
                try:
                    folder.rmdir()
                except OSError:  # others' files are still in it
                    break
        self._aside.clear()

    def discard(self) -> None:
        """Forget what waits."""
        for new in self._new.values():
            new.unlink(missing_ok=True)
        self._new.clear()
        self._gone.clear()


def copy_mode(source: Path, target: Path) -> None:
    """A new file is open to the same people as the one it replaces."""
    shutil.copymode(source, target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
