"""The console's password: made by chance, stored as a scrypt hash, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from tutorbot.errors import BadInput

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a password is made of: nothing that is read as something else."""
GROUPS, LETTERS_A_GROUP = 5, 4
"""Twenty letters out of 31 are 99 bits: no guessing, and no dictionary of hashes."""

N, R, P, SALT_BYTES, HASH_BYTES = 2**14, 8, 1, 16, 32
"""Cost of scrypt: 16 MB and some 50 ms. S (RFC 7914, and Percival 2009 for interactive log-in)"""

MOST_N = 2**17
"""A hash that costs more is none of ours: it would stop the server."""


def new_password() -> str:
    """A strong one that can be typed on a tablet, e.g. ``k7mp-x2ce-...``."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(LETTERS_A_GROUP)) for _ in range(GROUPS))


def password_hash(password: str) -> str:
    """What is kept of a password: ``scrypt$N$r$p$salt$hash``, salt and hash in base64."""
    salt = os.urandom(SALT_BYTES)
    return "$".join(["scrypt", str(N), str(R), str(P), _text(salt), _text(_scrypt(password, salt, N, R, P))])


def is_password(password: str, kept: str) -> bool:
    """True for the password of this hash; takes as long when it is not."""
    n, r, p, salt, wanted = _parts(kept)
    return hmac.compare_digest(_scrypt(password, salt, n, r, p), wanted)


def read_hash(path: Path) -> str:
    """The hash in a file that `tutorbot console-password` wrote. Raises: BadInput."""
    try:
        kept = path.read_text(encoding="ascii").strip()
        _parts(kept)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path} holds no password hash of the console.",
            remedy="Make one with `tutorbot console-password FILE`.",
        ) from error
    return kept


def write_hash(path: Path) -> str:
    """Make a password and write its hash to a new file that only its owner reads. Returns: the password.

    Raises: BadInput: the file exists, or cannot be written.
    """
    password = new_password()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(
            f"{path} exists; whoever uses its password would be locked out.",
            remedy="Name a new file, or delete this one first.",
        ) from error
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror}).", remedy="Name another place."
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(password_hash(password) + "\n")
    return password


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, dklen=HASH_BYTES, maxmem=256 * r * (n + p + 2))


def _parts(kept: str) -> tuple[int, int, int, bytes, bytes]:
    """Raises: ValueError: it is no hash of ours."""
    name, *costs, salt, wanted = kept.split("$")
    n, r, p = (int(cost) for cost in costs)
    salt_bytes, wanted_bytes = (base64.b64decode(part, validate=True) for part in (salt, wanted))
    known = name == "scrypt" and N <= n <= MOST_N and n & (n - 1) == 0 and (r, p) == (R, P)
    if not known or len(salt_bytes) < SALT_BYTES or len(wanted_bytes) != HASH_BYTES:
        raise ValueError(kept[:6])
    return n, r, p, salt_bytes, wanted_bytes


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
