"""The id key: who is behind a code, in an encrypted file of its own and never in the log.

A file has a line for its making and one for each entry, all JSON. A running server adds entries with the
public half of a key pair alone (libsodium's sealed box); reading them needs the private half, which lies in
the file encrypted with a passphrase (argon2id, then secretbox). The code stands in clear, so that an entry
can be removed without the passphrase.

The first line also holds a random secret in clear. Under it the server turns the id of a recruitment service
into the token of ``arrival``, so that the log alone cannot be searched for known ids; whoever has log and key
file can still check one they guess, so the key file does not lie beside the log's copies.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

from nacl import pwhash, utils
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from tutorbot.errors import BadFile, BadInput

FORMAT = 1
"""Version of the file."""
SHORTEST_PASSPHRASE = 10
"""Letters."""
MOST_MEMORY = 1 << 30
MOST_PASSES = 20
"""What a file may ask of the machine that opens it: bytes, passes of argon2id."""
BY_HAND = "text"
"""Name of the field that `studies key add` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one try of a passphrase costs: passes and bytes of memory of argon2id."""

    passes: int = pwhash.argon2id.OPSLIMIT_MODERATE
    memory: int = pwhash.argon2id.MEMLIMIT_MODERATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who is behind a code. fields: e.g. PROLIFIC_PID; ``text`` for what was added by hand."""

    code: str
    at_utc: str
    fields: Mapping[str, str]


class IdentityKey:
    """An id key file. Making and opening need the passphrase, adding and forgetting do not."""

    def __init__(self, path: Path) -> None:
        """Raises: BadInput: there is no such file; BadFile: it is damaged at its first line."""
        self.path = path
        with _locked(path, write=False) as descriptor:
            first = _lines(descriptor)[:1]
        self._head = _Head.read(path, first[0] if first else b"")

    @classmethod
    def create(cls, path: Path, passphrase: str, *, cost: Cost | None = None) -> IdentityKey:
        """Make a new file, for whoever started this alone. Raises: BadInput: it exists; a poor passphrase."""
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise BadInput(
                f"The passphrase has {len(passphrase)} letters.",
                remedy=f"Take at least {SHORTEST_PASSPHRASE}, better several words; nobody can restore it.",
            )
        line = _Head.make(passphrase, cost or Cost())
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise BadInput(
                f"{str(path)!r} is there already.",
                remedy="Name a new file; a key is never written over, as what it sealed would be lost.",
            ) from None
        except OSError as error:
            raise _unwritable(path, error) from error
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(line + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        return cls(path)

    # ---------------------------------------------------------------- for the server

    def seal(self, code: str, fields: Mapping[str, str]) -> None:
        """Add who is behind a code; on disk when it returns. Needs no passphrase, reads no other entry.

        Raises: BadInput: the file cannot be written; BadFile: its end is damaged.
        """
        inside = json.dumps({"code": code, "fields": dict(fields)}, ensure_ascii=False).encode()
        entry = {"code": code, "at_utc": _now(), "sealed": _b64(SealedBox(self._head.public).encrypt(inside))}
        line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        with _locked(self.path, write=True) as descriptor:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                raise _damaged(self.path, "its last line has no end, as if a write had broken off")
            try:
                if os.write(descriptor, line) != len(line):
                    raise OSError(28, "no space left")
                os.fsync(descriptor)
            except OSError as error:
                os.ftruncate(descriptor, size)
                raise _unwritable(self.path, error) from error

    def arrival_token(self, service_id: str) -> str:
        """HMAC-SHA256 of a recruitment service's id under the file's secret, as 64 hex digits."""
        return hmac.new(self._head.secret, service_id.encode(), hashlib.sha256).hexdigest()

    # ---------------------------------------------------------------- for the operator

    def open(self, passphrase: str) -> tuple[Identity, ...]:
        """All entries in order. Raises: BadInput: wrong passphrase; BadFile: a damaged line, by number."""
        box = SealedBox(self._head.private(self.path, passphrase))
        return tuple(_opened(self.path, n, entry, box) for n, entry in self._entries())

    def codes(self) -> tuple[str, ...]:
        """Codes there are entries of, in order; needs no passphrase. Raises: BadFile."""
        return tuple(dict.fromkeys(str(entry["code"]) for _, entry in self._entries()))

    def forget(self, code: str) -> int:
        """Remove every entry of a code, by writing the file anew; returns how many there were.

        Raises: BadInput: the file cannot be written; BadFile: a damaged line, which might be theirs.
        """
        with _locked(self.path, write=True) as descriptor:
            kept, n = without(self.path, _lines(descriptor), code)
            if n:
                _replace(self.path, kept)
        return n

    def _entries(self) -> list[tuple[int, dict[str, Any]]]:
        with _locked(self.path, write=False) as descriptor:
            lines = _lines(descriptor)
        return [(n, _entry(self.path, n, line)) for n, line in enumerate(lines[1:], start=2)]


def lines_of(path: Path) -> list[bytes]:
    """The lines of a key file. Raises: BadInput: there is none."""
    with _locked(path, write=False) as descriptor:
        return _lines(descriptor)


def without(path: Path, lines: list[bytes], code: str) -> tuple[list[bytes], int]:
    """The lines of a key file without those of a code, and how many went. Raises: BadFile."""
    kept = lines[:1] + [
        line for n, line in enumerate(lines[1:], start=2) if _entry(path, n, line)["code"] != code
    ]
    return kept, len(lines) - len(kept)


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line: public half, private half under the passphrase, and the secret of tokens."""

    public: PublicKey
    sealed: bytes
    salt: bytes
    cost: Cost
    secret: bytes

    @staticmethod
    def make(passphrase: str, cost: Cost) -> bytes:
        key, salt = PrivateKey.generate(), utils.random(pwhash.argon2id.SALTBYTES)
        made = {
            "tutorbot_id_key": FORMAT,
            "made_at_utc": _now(),
            "public": _b64(bytes(key.public_key)),
            "kdf": "argon2id",
            "passes": cost.passes,
            "memory": cost.memory,
            "salt": _b64(salt),
            "private": _b64(bytes(_box(passphrase, salt, cost).encrypt(bytes(key)))),
            "token_secret": _b64(secrets.token_bytes(32)),
        }
        return json.dumps(made).encode()

    @classmethod
    def read(cls, path: Path, line: bytes) -> _Head:
        try:
            found = json.loads(line)
            if found["tutorbot_id_key"] != FORMAT or found["kdf"] != "argon2id":
                raise ValueError("another format")
            cost = Cost(passes=int(found["passes"]), memory=int(found["memory"]))
            if not (1 <= cost.passes <= MOST_PASSES and 8192 <= cost.memory <= MOST_MEMORY):
                raise ValueError("cost out of range")
            secret = _bytes(found["token_secret"])
            if len(secret) != 32:
                raise ValueError("short secret")
            return cls(
                PublicKey(_bytes(found["public"])),
                _bytes(found["private"]),
                _bytes(found["salt"]),
                cost,
                secret,
            )
        except (ValueError, KeyError, TypeError, CryptoError) as error:
            raise _damaged(path, f"line 1 is not that of an id key ({type(error).__name__})") from error

    def private(self, path: Path, passphrase: str) -> PrivateKey:
        try:
            key = PrivateKey(_box(passphrase, self.salt, self.cost).decrypt(self.sealed))
        except (CryptoError, ValueError) as error:
            raise BadInput(
                f"The passphrase does not open {path.name!r}.",
                remedy="Try again; without the passphrase nobody can read who is behind the codes.",
            ) from error
        if bytes(key.public_key) != bytes(self.public):
            raise _damaged(path, "its two halves do not belong together")
        return key


def _box(passphrase: str, salt: bytes, cost: Cost) -> SecretBox:
    return SecretBox(
        pwhash.argon2id.kdf(
            SecretBox.KEY_SIZE,
            normalize("NFC", passphrase).encode(),
            salt,
            opslimit=cost.passes,
            memlimit=cost.memory,
        )
    )


def _entry(path: Path, n: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        if not isinstance(found, dict) or not all(
            isinstance(found.get(name), str) for name in ("code", "at_utc", "sealed")
        ):
            raise ValueError("no entry")
    except ValueError as error:
        raise _damaged(path, f"line {n} is no entry") from error
    return found


def _opened(path: Path, n: int, entry: dict[str, Any], box: SealedBox[PrivateKey]) -> Identity:
    try:
        inside = json.loads(box.decrypt(_bytes(entry["sealed"])))
        if inside["code"] != entry["code"]:
            raise ValueError("another code inside")
        fields = {str(name): str(value) for name, value in inside["fields"].items()}
    except (CryptoError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, f"line {n} ({entry['code']}) cannot be opened") from error
    return Identity(code=entry["code"], at_utc=entry["at_utc"], fields=fields)


# -------------------------------------------------------------------------- the file


@contextmanager
def _locked(path: Path, *, write: bool) -> Iterator[int]:
    """The file, locked; opened again where another process has just put a new one in its place."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR if write else os.O_RDONLY)
        except FileNotFoundError:
            raise BadInput(
                f"There is no id key {str(path)!r}.", remedy="Make one with `studies key new FILE`."
            ) from None
        except OSError as error:
            raise _unwritable(path, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
            if _is_now(path, descriptor):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_now(path: Path, descriptor: int) -> bool:
    try:
        now, held = path.stat(), os.fstat(descriptor)
    except FileNotFoundError:
        return False
    return (now.st_dev, now.st_ino) == (held.st_dev, held.st_ino)


def _lines(descriptor: int) -> list[bytes]:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        return [line.rstrip(b"\n") for line in stream.read().splitlines(keepends=True)]


def _replace(path: Path, lines: list[bytes]) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(b"".join(line + b"\n" for line in lines))
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _damaged(path: Path, what: str) -> BadFile:
    return BadFile(
        f"The id key {str(path)!r} is damaged: {what}.",
        remedy="Restore a copy of it; nothing was changed. Entries on other lines are whole.",
    )


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        f"The id key {str(path)!r} cannot be used ({error.strerror or error}).",
        remedy="Check the folder, free space and its rights; nothing was changed.",
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
