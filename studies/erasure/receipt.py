"""The receipt of an erasure: what went from where, when and by whom; as JSON and to read, with its hash."""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutorbot.errors import BadInput

DONE = {
    "rows": ("row", "taken out"),
    "entries": ("entry", "taken out"),
    "deleted": ("file", "deleted"),
    "sums": ("checksum", "renewed"),
}
"""What was done to a file, in words."""


def n_of(n: int, word: str) -> str:
    """``1 entry``, ``2 entries``."""
    if n == 1:
        return f"1 {word}"
    return f"{n} {word[:-1]}ies" if word.endswith("y") else f"{n} {word}s"


def operator() -> str:
    """The account that runs this; ``unknown`` where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt with the sha256 of everything else in it, as ``canonical`` writes it."""
    return {**values, "sha256": hashlib.sha256(canonical(values)).hexdigest()}


def canonical(values: Mapping[str, Any]) -> bytes:
    """The bytes the hash is over: JSON with sorted keys and no blanks, without the hash itself."""
    bare = {name: value for name, value in values.items() if name != "sha256"}
    return json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def holds(receipt: Mapping[str, Any]) -> bool:
    """Whether a receipt is as it was written."""
    return receipt.get("sha256") == hashlib.sha256(canonical(receipt)).hexdigest()


def require_new(path: Path) -> None:
    """Pass when a receipt can be put there. Raises: BadInput."""
    for one in (path, text_beside(path)):
        if one.exists():
            raise BadInput(f"{str(one)!r} is there already.", remedy="Name another file with --receipt.")
    if not path.absolute().parent.is_dir():
        raise BadInput(
            f"There is no folder {str(path.absolute().parent)!r} for the receipt.", remedy="Make it first."
        )
    if path.suffix != ".json":
        raise BadInput(
            f"--receipt is {str(path)!r}.",
            remedy="Give it a name that ends in .json; the text goes beside it.",
        )


def text_beside(path: Path) -> Path:
    """Where the receipt to read goes."""
    return path.with_suffix(".txt")


def write_receipt(path: Path, receipt: Mapping[str, Any]) -> None:
    """Both forms, for whoever started this alone. Raises: OSError."""
    for file, text in (
        (path, json.dumps(receipt, ensure_ascii=False, indent=2) + "\n"),
        (text_beside(path), as_text(receipt)),
    ):
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(text, encoding="utf-8")


def as_text(receipt: Mapping[str, Any]) -> str:
    """The receipt to read."""
    people = ", ".join(receipt["participants"])
    lines = [
        f"Receipt {receipt['receipt']}",
        f"{receipt['what'].capitalize()} of {people} from study {receipt['study']}, {receipt['reason']}",
        f"At {receipt['at_utc']} by {receipt['by']}",
        "",
        f"Study log {receipt['log']['url']}",
        *(f"  {table}: {n_of(n, 'row')}" for table, n in sorted(receipt["log"]["deleted"].items())),
        f"  kept: {receipt['log']['kept']}",
        *([f"  note: {receipt['log']['note']}"] if receipt["log"].get("note") else []),
    ]
    for title, name in (("Export folders", "exports"), ("Bag folders", "bags")):
        lines += ["", f"{title}: {', '.join(receipt[name]['folders']) or 'none named'}"]
        lines += [f"  note: {note}" for note in receipt[name]["notes"]]
        for one in receipt[name]["changes"]:
            word, done = DONE[one["done"]]
            lines.append(f"  {one['path']}: {n_of(one['n'], word)} {done} ({one['why']})")
        lines += [f"  not looked into, and kept: {path}" for path in receipt[name]["unseen"]]
        lines += [f"  {one['path']}: {one['why']}" for one in receipt[name]["reports"]]
    lines += ["", f"Rasa's tracker store: {receipt['tracker']}", f"Id key: {receipt['key']}", ""]
    left = receipt["searched"]["left"]
    lines.append(
        f"Afterwards {receipt['searched']['n_files']} files were searched for every name of theirs: "
        + ("nothing is left." if not left else f"LEFT IN {', '.join(left)}")
    )
    return "\n".join([*lines, f"sha256 {receipt['sha256']}", ""])
