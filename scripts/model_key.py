"""Print the key of the dialogue model: a hash over everything training depends on.

`model_key.py DIALOGUE_FOLDER` reads config.yml, domain.yml (or domain/), data/ and the Rasa lock.
Two folders with equal files have the same key, wherever they lie and whenever they were written.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

INPUTS = ("config.yml", "domain.yml", "domain", "data", "requirements/rasa.lock")


def input_files(dialogue: Path) -> list[Path]:
    """The files a model is trained from, in an order that does not depend on the machine.

    Raises: FileNotFoundError: if config.yml, data/ or the lock is missing, or there is no domain.
    """
    for name in ("config.yml", "data", "requirements/rasa.lock"):
        if not (dialogue / name).exists():
            raise FileNotFoundError(f"{dialogue / name} is missing; the dialogue model is trained from it.")
    if not (dialogue / "domain.yml").exists() and not (dialogue / "domain").exists():
        raise FileNotFoundError(f"{dialogue} has no domain.yml; the dialogue model is trained from it.")
    files = []
    for name in INPUTS:
        path = dialogue / name
        files += [path] if path.is_file() else [child for child in path.rglob("*") if child.is_file()]
    return sorted(files, key=lambda path: path.relative_to(dialogue).as_posix())


def model_key(dialogue: Path) -> str:
    """Sha256, 64 hex digits, over names and contents of the input files."""
    digest = hashlib.sha256()
    for path in input_files(dialogue):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(dialogue).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def main() -> int:
    try:
        print(model_key(Path(sys.argv[1])))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
