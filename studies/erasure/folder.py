"""A folder of exports or bags without a person: what would change in it, file by file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from studies.erasure.formats import Taken, filter_json, filter_lines, filter_parquet, filter_records
from studies.erasure.names import Names, files_under
from studies.erasure.reports import reports_in
from studies.erasure.staged import Staged, copy_mode
from tutorbot.errors import BadInput

FILTERS: Mapping[str, Callable[[Path, Path, Names], Taken]] = {
    ".csv": filter_records,
    ".tsv": filter_records,
    ".jsonl": filter_lines,
    ".ndjson": filter_lines,
    ".json": filter_json,
    ".parquet": filter_parquet,
}
"""Endings of files that hold many people, row by row."""

OPAQUE_WORDS = """
.mcap .bag .db3 .db .sqlite .sqlite3 .xdf .edf
.zip .gz .bz2 .xz .zst .7z .tar .tgz
.pdf .xlsx .ods .docx
.rds .rdata .sav .dta .feather .arrow .pkl .npz .npy .mat .h5 .hdf5
.png .jpg .jpeg .webp .mp4 .wav
"""
OPAQUE = frozenset(OPAQUE_WORDS.split())
"""Endings of files whose contents a byte search does not show."""

RENEWED = frozenset({".txt", ".md", ".json", ".yml", ".yaml", ".csv", ".tsv"})
"""Files in which the sha256 of a rewritten file is brought up to date."""
SHA256 = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
LONGEST_PATH = 1000
"""Letters; a longer text in an index is no name of a file."""
RENEWED_UP_TO = 16 << 20
"""Larger files hold data, not sums; bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one file. path: in the folder. done: rows, entries, deleted or sums. n: how many."""

    folder: str
    path: str
    done: str
    n: int
    why: str


@dataclass(slots=True)
class FolderPlan:
    """Changes to one folder, staged and not made. names: of the people in this folder.

    note: what there is to say about who they are here. unseen: files that could not be looked into, and stay.
    reports: folders of reports that were made with them, and why they go out of date.
    """

    root: Path
    names: Names
    note: str | None = None
    changes: list[Change] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    n_files: int = 0

    def lines(self) -> Iterator[str]:
        """What would change, to read before it is agreed to."""
        yield f"From {self.root}: files that change or go: {len(self.changes)}"
        if self.note is not None:
            yield f"  note: {self.note}"
        for one in self.changes:
            yield f"  {one.done:8} {one.path} ({one.why})"
        for path in self.unseen:
            yield f"  kept, cannot be looked into: {path}"
        for path, why in self.reports:
            yield f"  {path}: {why}"


def as_values(plans: Sequence[FolderPlan]) -> dict[str, Any]:
    """What was done to folders, for a receipt: without session ids."""
    return {
        "folders": [plan.names.masked(str(plan.root)) for plan in plans],
        "notes": [plan.names.masked(f"{plan.root}: {plan.note}") for plan in plans if plan.note is not None],
        "changes": [
            {**asdict(one), "path": plan.names.masked(one.path)} for plan in plans for one in plan.changes
        ],
        "unseen": [path for plan in plans for path in plan.unseen],
        "reports": [
            {"path": plan.names.masked(path), "why": why} for plan in plans for path, why in plan.reports
        ],
    }


def require_folder(root: Path) -> None:
    """Pass when there is such a folder. Raises: BadInput."""
    if not root.is_dir():
        raise BadInput(
            f"There is no folder {str(root)!r}.", remedy="Name folders that exist, or leave it out."
        )


def plan_folder(root: Path, names: Names, staged: Staged) -> FolderPlan:
    """Stage the folder without the person. Raises: OSError: nothing of it was changed."""
    work = _Work(FolderPlan(root, names), names, staged)
    for path in files_under(root):
        work.plan.n_files += 1
        work.look_at(path)
    work.settle_opaque()
    touched = [root / one.path for one in work.plan.changes]
    work.plan.reports += ((str(path), why) for path, why in reports_in(root, touched))
    work.renew_sums()
    return work.plan


@dataclass(slots=True)
class _Work:
    plan: FolderPlan
    names: Names
    staged: Staged
    opaque: list[Path] = field(default_factory=list)
    gone: set[Path] = field(default_factory=set)
    spared: set[Path] = field(default_factory=set)
    rewritten: list[Path] = field(default_factory=list)

    def look_at(self, path: Path) -> None:
        if path in self.gone:
            return
        if self.names.within_text(str(path.relative_to(self.plan.root))):
            self.delete(path, "its name is theirs")
        elif ".erasing-" in path.name:
            self.delete(path, "left by an erasure that broke off")
        elif path.suffix.lower() in FILTERS:
            self.rewrite(path)
        elif self.names.in_file(path):
            self.delete(path, "it names them; make it again where it holds others too")
        elif path.suffix.lower() in OPAQUE:
            self.opaque.append(path)

    def rewrite(self, path: Path) -> None:
        packed = path.suffix.lower() == ".parquet"
        if not packed and not self.names.in_file(path):
            return
        new = self.staged.beside(path)
        try:
            taken = FILTERS[path.suffix.lower()](path, new, self.names)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        if taken.whole or not taken.n:
            new.unlink(missing_ok=True)
        if taken.whole:
            self.delete(path, "it is theirs, or cannot be taken apart")
        elif taken.n:
            copy_mode(path, new)
            self.staged.replace(path)
            self.rewritten.append(path)
            done = "entries" if path.suffix.lower() == ".json" else "rows"
            self.note(path, done, taken.n, "taken out")
        for one in self.named(path, taken.named):
            if one not in self.gone:
                self.delete(one, f"{path.name} names it as theirs")
        self.spared.update(self.named(path, taken.others))

    def named(self, index: Path, texts: list[str]) -> Iterator[Path]:
        """Files of this folder that an index names."""
        root = self.plan.root.resolve()
        for text in texts:
            if not text or "\0" in text or len(text) > LONGEST_PATH:
                continue
            file = (index.parent / text).resolve()
            if root not in file.parents:
                continue
            for one in [file] if file.is_file() else files_under(file):
                mine = self.plan.root / one.relative_to(root)
                if mine != index:
                    yield mine

    def settle_opaque(self) -> None:
        """Where the folder holds the person, what cannot be looked into goes, if it is nobody else's."""
        theirs = bool(self.plan.changes)
        for path in self.opaque:
            if path in self.gone:
                continue
            name = str(path.relative_to(self.plan.root))
            if path in self.spared or self.names.of_somebody_else(name):
                continue
            if theirs:
                self.delete(path, "it cannot be looked into, and they are in this folder; make it again")
            else:
                self.plan.unseen.append(str(path))

    def renew_sums(self) -> None:
        """Checksums of rewritten files, in the files that list them."""
        sums = {_sha256(path): _sha256(self.staged.contents(path)) for path in self.rewritten}
        if not sums:
            return
        for path in files_under(self.plan.root):
            if path in self.gone or path.suffix.lower() not in RENEWED or ".erasing-" in path.name:
                continue
            now = self.staged.contents(path)
            if now.stat().st_size > RENEWED_UP_TO:
                continue
            data, n = now.read_bytes(), 0

            def renewed(found: re.Match[bytes]) -> bytes:
                return sums.get(found.group(), found.group())

            made = SHA256.sub(renewed, data)
            if made != data:
                n = sum(one in sums for one in SHA256.findall(data))
                new = self.staged.beside(path)
                new.write_bytes(made)
                copy_mode(path, new)
                self.staged.replace(path)
                self.note(
                    path, "sums", n, "checksums of rewritten files; its numbers of rows are from before"
                )

    def delete(self, path: Path, why: str) -> None:
        self.gone.add(path)
        self.staged.remove(path)
        self.note(path, "deleted", 1, why)

    def note(self, path: Path, done: str, n: int, why: str) -> None:
        name = str(path.relative_to(self.plan.root))
        self.plan.changes.append(Change(folder=str(self.plan.root), path=name, done=done, n=n, why=why))


def _sha256(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest().encode()
