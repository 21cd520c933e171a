"""The id key: a server adds to it blindly, a passphrase opens it, and an entry can be forgotten."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from nacl import pwhash

from studies.identity import Cost, IdentityKey
from tutorbot.errors import BadFile, BadInput

CHEAP = Cost(passes=pwhash.argon2id.OPSLIMIT_MIN, memory=pwhash.argon2id.MEMLIMIT_MIN)
PASSPHRASE = "four plain words here"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pilot.key"


@pytest.fixture
def key(path: Path) -> IdentityKey:
    return IdentityKey.create(path, PASSPHRASE, cost=CHEAP)


def test_what_a_server_sealed_is_read_with_the_passphrase(key: IdentityKey, path: Path):
    IdentityKey(path).seal("P001", {"PROLIFIC_PID": "5f8a0c", "STUDY_ID": "77"})
    IdentityKey(path).seal("P002", {"PROLIFIC_PID": "Zoë"})
    found = IdentityKey(path).open(PASSPHRASE)
    assert [(one.code, dict(one.fields)) for one in found] == [
        ("P001", {"PROLIFIC_PID": "5f8a0c", "STUDY_ID": "77"}),
        ("P002", {"PROLIFIC_PID": "Zoë"}),
    ]
    assert key.codes() == ("P001", "P002")


def test_the_file_shows_codes_and_no_identity_and_is_its_owner_s_alone(key: IdentityKey, path: Path):
    key.seal("P001", {"name": "Ada Lovelace"})
    data = path.read_bytes()
    assert b"P001" in data
    assert b"Ada" not in data
    assert b"Lovelace" not in data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_wrong_passphrase_opens_nothing(key: IdentityKey):
    key.seal("P001", {"name": "Ada"})
    with pytest.raises(BadInput, match=r"does not open 'pilot\.key'"):
        key.open("four plain words there")


def test_a_passphrase_must_be_long_enough_and_a_file_is_never_written_over(key: IdentityKey, path: Path):
    before = path.read_bytes()
    with pytest.raises(BadInput, match="is there already"):
        IdentityKey.create(path, PASSPHRASE, cost=CHEAP)
    with pytest.raises(BadInput, match="has 5 letters"):
        IdentityKey.create(path.with_name("other.key"), "short")
    assert path.read_bytes() == before
    assert not path.with_name("other.key").exists()


def test_a_forgotten_code_is_gone_from_the_file_and_the_others_stay(key: IdentityKey, path: Path):
    for code in ("P001", "P002", "P0021", "P002"):
        key.seal(code, {"name": code})
    first, one, *_, last = path.read_bytes().splitlines()
    assert key.forget("P002") == 2
    assert key.forget("P002") == 0
    lines = path.read_bytes().splitlines()
    assert lines[:2] == [first, one]
    assert key.codes() == ("P001", "P0021")
    assert last not in lines
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_tokens_are_the_same_for_the_same_id_and_differ_between_keys(key: IdentityKey, path: Path):
    other = IdentityKey.create(path.with_name("other.key"), PASSPHRASE, cost=CHEAP)
    token = key.arrival_token("5f8a0c")
    assert token == IdentityKey(path).arrival_token("5f8a0c")
    assert len(token) == 64
    assert len({token, key.arrival_token("5f8a0d"), other.arrival_token("5f8a0c")}) == 3


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda lines: [b"{}", *lines[1:]], "line 1 is not that of an id key"),
        (lambda lines: [lines[0][:40], *lines[1:]], "line 1 is not that of an id key"),
        (lambda lines: [], "line 1 is not that of an id key"),
        (lambda lines: [*lines[:2], lines[2][:30]], "line 3 is no entry"),
        (
            lambda lines: [*lines[:2], lines[2].replace(b'"sealed": "', b'"sealed": "AAAA')],
            r"line 3 \(P002\)",
        ),
        (lambda lines: [*lines[:2], lines[1].replace(b"P001", b"P002")], r"line 3 \(P002\) cannot be opened"),
    ],
)
def test_a_damaged_line_is_named(key: IdentityKey, path: Path, damage, told: str):
    key.seal("P001", {"name": "Ada"})
    key.seal("P002", {"name": "Bob"})
    path.write_bytes(b"".join(line + b"\n" for line in damage(path.read_bytes().splitlines())))
    with pytest.raises(BadFile, match=told):
        IdentityKey(path).open(PASSPHRASE)


def test_a_file_that_asks_for_more_memory_than_allowed_is_damaged(key: IdentityKey, path: Path):
    head = json.loads(path.read_bytes())
    path.write_text(json.dumps({**head, "memory": 1 << 40}) + "\n")
    with pytest.raises(BadFile, match="line 1"):
        IdentityKey(path)


def test_nothing_is_added_behind_a_write_that_broke_off_and_nothing_is_forgotten_past_damage(
    key: IdentityKey, path: Path
):
    key.seal("P001", {"name": "Ada"})
    path.write_bytes(path.read_bytes()[:-20])
    before = path.read_bytes()
    with pytest.raises(BadFile, match="broken off"):
        key.seal("P002", {})
    with pytest.raises(BadFile, match="line 2 is no entry"):
        key.forget("P001")
    assert path.read_bytes() == before


def _seal_many(path: Path, first: int) -> None:
    key = IdentityKey(path)
    for n in range(first, first + 20):
        key.seal(f"P{n:03d}", {"n": str(n)})


def test_several_processes_lose_no_entry_while_another_is_forgotten(key: IdentityKey, path: Path):
    key.seal("P999", {"n": "999"})
    fork = multiprocessing.get_context("spawn")
    workers = [fork.Process(target=_seal_many, args=(path, 100 * n)) for n in range(1, 4)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        key.forget("P999")
        key.seal("P999", {"n": "999"})
    for worker in workers:
        worker.join()
    key.forget("P999")
    wanted = {f"P{100 * n + i:03d}" for n in range(1, 4) for i in range(20)}
    assert sorted(one.code for one in key.open(PASSPHRASE)) == sorted(wanted)
