"""Hand-written files: every mistake is named with its line and column, and none is passed over."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from tutorbot.errors import BadFile
from tutorbot.yaml_file import FileModel, Misfit, Misfits, load_yaml, parse_yaml


class Item(FileModel):
    name: str
    n: int


class Sheet(FileModel):
    id: str
    items: tuple[Item, ...] = ()
    cover: Item | None = None
    settings: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_differ(self) -> Sheet:
        names = [item.name for item in self.items]
        misfits = [
            Misfit(("items", index, "name"), f"{name!r} stands twice", "pick another name")
            for index, name in enumerate(names)
            if name in names[:index]
        ]
        if misfits:
            raise Misfits(misfits)
        return self


def complaints(text: str) -> list[str]:
    with pytest.raises(BadFile) as caught:
        parse_yaml(text, Sheet, name="s.yml")
    return str(caught.value).split("\n")


def test_a_good_file_becomes_its_model():
    text = "id: a\nitems:\n  - {name: b, n: 1}\n  - {name: c, n: 2}\nsettings: {x: 1.5}\n"
    assert parse_yaml(text, Sheet, name="s.yml") == Sheet(
        id="a", items=(Item(name="b", n=1), Item(name="c", n=2)), settings={"x": 1.5}
    )


def test_all_problems_of_a_file_come_in_one_error_in_the_order_of_the_file():
    lines = complaints("id: 1\nitems:\n  - name: b\n    n: x\ncover: {name: c, n: 1, nn: 2}\nextra: 1\n")
    assert lines == [
        "s.yml:1:5: id: should be a valid string, but it is 1; put the value in quotes",
        "s.yml:4:8: items[0].n: should be a valid integer, unable to parse string as an integer, "
        "but it is 'x'; correct it",
        "s.yml:5:24: cover.nn: the key is not known; did you mean `n`?",
        "s.yml:6:1: extra: the key is not known; known here are cover, id, items, settings",
    ]


@pytest.mark.parametrize(
    ("text", "start", "word"),
    [
        ("", "s.yml:1:1:", "empty"),
        ("# only a comment\n", "s.yml:1:1:", "empty"),
        ("---\n...\n", "s.yml:1:1:", "empty"),
        ("items: []\n", "s.yml:1:1:", "id: the key is missing; add `id:` here"),
        ("items:\n  - n: 1\nid: a\n", "s.yml:2:5:", "items[0].name: the key is missing"),
        ("id: [\n", "s.yml:2:1:", "not valid YAML"),
        ("id: a: b\n", "s.yml:1:6:", "mapping values"),
        ("id: a\n\titems: b\n", "s.yml:2:1:", "cannot start any token"),
        ("id: 'a\n", "s.yml:2:1:", "quoted scalar"),
        ("- a\n", "s.yml:1:1:", "should be keys with values"),
        ("id: a\nitems: b\n", "s.yml:2:8:", "should be a list"),
        ("id: a\nid: b\n", "s.yml:2:1:", "'id' stands here twice (first in line 1)"),
        ("id: a\n---\nid: b\n", "s.yml:2:1:", "another document"),
        ("id: &x a\nitems: [*x]\n", "s.yml:1:5:", "anchor"),
        ("id: a\nitems: &x [*x]\n", "s.yml:2:8:", "anchor"),
        ("<<: {id: a}\nid: a\n", "s.yml:1:1:", "merging keys"),
        ("id: !!python/object:os.system x\n", "s.yml:1:5:", "tag"),
        ("id: a\nitems: !mine [1]\n", "s.yml:2:8:", "tag '!mine'"),
        ("id: 2026-13-45\n", "s.yml:1:5:", "month must be in 1..12"),
        ("? [a]\n: b\nid: a\n", "s.yml:1:3:", "a key must be one word"),
        ("id: a\x01\n", "s.yml:1:6:", "U+0001"),
        ('id: "\\ud800"\n', "s.yml:1:5:", "not text"),
        ("id: a\nsettings: {x: .nan}\n", "s.yml:2:15:", "finite"),
        ("id: a\nsettings: {x: .inf}\n", "s.yml:2:15:", "finite"),
        ("[" * 5000, "s.yml:1:1:", "nested too deeply"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, start: str, word: str):
    lines = complaints(text)
    assert len(lines) == 1
    assert lines[0].startswith(start)
    assert word in lines[0]


def test_a_file_nested_too_deeply_is_refused():
    lines = complaints("id: " + "[" * 60 + "]" * 60)
    assert lines[-1] == "s.yml:1:45: nested more than 40 deep; write it flatter"


def test_a_validator_can_point_into_the_file():
    text = "id: a\nitems:\n  - {name: b, n: 1}\n  - {name: b, n: 2}\n"
    assert complaints(text) == ["s.yml:4:12: items[1].name: 'b' stands twice; pick another name"]


def test_what_cannot_be_read_is_reported_once_and_not_again_by_the_model():
    assert len(complaints("id: a\nitems: !!set {}\n")) == 1


def test_long_values_are_cut_and_every_complaint_is_one_line():
    lines = complaints("id: [" + "word, " * 500 + "end]\n")
    assert len(lines) == 1
    assert len(lines[0]) < 200


def test_a_missing_file_says_so(tmp_path: Path):
    with pytest.raises(BadFile, match="there is no such file; check the path"):
        load_yaml(tmp_path / "none.yml", Sheet)


def test_a_folder_is_not_a_file(tmp_path: Path):
    with pytest.raises(BadFile, match="this is a folder"):
        load_yaml(tmp_path, Sheet)


def test_a_file_without_rights_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "s.yml"
    path.write_text("id: a\n", encoding="utf-8")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    # Not by the file's rights: who runs the tests as root may read everything.
    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(BadFile, match="cannot be read"):
        load_yaml(path, Sheet)


def test_a_path_that_no_file_can_have_is_a_bad_file():
    with pytest.raises(BadFile, match=r"cannot be read|no such file"):
        load_yaml(Path("a\0b"), Sheet)


def test_another_encoding_is_named_with_the_byte_and_its_place(tmp_path: Path):
    path = tmp_path / "s.yml"
    path.write_bytes("id: a\nitems: [Größe]\n".encode("latin-1"))
    with pytest.raises(BadFile, match=r"s\.yml:2:11: byte 0xf6 is not UTF-8 text; save the file as UTF-8"):
        load_yaml(path, Sheet)


def test_utf16_is_refused_and_a_byte_order_mark_is_not_minded(tmp_path: Path):
    path = tmp_path / "s.yml"
    path.write_bytes("id: a\n".encode("utf-16"))
    with pytest.raises(BadFile, match="not UTF-8"):
        load_yaml(path, Sheet)
    path.write_bytes(b"\xef\xbb\xbfid: \xc3\xa4\r\n")
    assert load_yaml(path, Sheet).id == "ä"


def test_a_very_large_file_is_refused_without_reading_it_whole(tmp_path: Path):
    path = tmp_path / "s.yml"
    with path.open("wb") as stream:
        stream.truncate(10_000_000_000)
    with pytest.raises(BadFile, match="larger than 1000000 bytes"):
        load_yaml(path, Sheet)


@given(st.text(max_size=200))
def test_any_text_at_all_is_a_model_or_a_bad_file(text: str):
    try:
        parse_yaml(text, Sheet, name="s.yml")
    except BadFile as error:
        assert all(line.startswith("s.yml:") for line in str(error).split("\n"))


@given(st.text(alphabet="ab:-[]{}!&*'\"\\|>?#% \n\t,.0", max_size=60))
def test_any_jumble_of_yaml_signs_is_a_model_or_a_bad_file(text: str):
    try:
        parse_yaml(text, Sheet, name="s.yml")
    except BadFile as error:
        assert all(line.startswith("s.yml:") for line in str(error).split("\n"))
