"""A session's bag: read by other tools, without pictures, and gone with its person."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcap.exceptions import EndOfFile
from mcap.reader import make_reader
from mcap.records import Message
from mcap.stream_reader import StreamReader
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_typestore
from typer.testing import CliRunner

from studies.cli import app
from tests.fakes.robot import ALL, FakeRobot
from tests.session.room import CODE, Room
from tests.studies.whole_study import fill_log
from tutorbot.adapters.ros.bag import INDEX, STRING, Bag, require_bags
from tutorbot.adapters.ros.recording import RecordedRobot
from tutorbot.core.events import Act, Health
from tutorbot.errors import BadInput, MissingPart


def read(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(topic, message) of a bag in order, by rosbags."""
    types = get_typestore(Stores.ROS2_JAZZY)
    with Reader(path) as reader:
        for connection, _, raw in reader.messages():
            yield connection.topic, json.loads(types.deserialize_cdr(raw, connection.msgtype).data)


def recorded(room: Room, robot: FakeRobot, bag: Bag) -> RecordedRobot:
    return RecordedRobot(robot, bag, listens=lambda: room.sessions.listens("s1"))


async def played(folder: Path, *, can: frozenset[str] = ALL, condition: str = "L2-A") -> tuple[Room, Bag]:
    """A session with an act and a hint in it, recorded."""
    room = await Room().open(condition=condition)
    await room.begin(camera=True)
    bag = Bag(folder, participant="P001", session_id="s1")
    robot = FakeRobot(can)
    seat = await room.sessions.seat(CODE, recorded(room, robot, bag))
    await room.confuse()
    await room.settled()
    robot.hear("Can I have", final=False)
    robot.hear("Can I have a hint?")
    robot.watching = True
    robot.picture(b"\xff\xd8secret picture")
    for _ in range(2):
        await room.settled()
        await seat.idle()
    await room.sessions.close()
    return room, bag


async def test_a_bag_opens_with_rosbags_and_mcap_and_holds_every_act(tmp_path: Path):
    room, bag = await played(tmp_path / "bags")
    found = list(read(bag.path))
    acts = [one["act_id"] for topic, one in found if topic == "/tutor/proactivity" and one["what"] == "act"]
    assert acts == [row.act_id for row in room.of(Act)] != []
    said = [one["text"] for topic, one in found if topic == "/tutor/say"]
    assert said == [line.text for line in room.page.lines]
    assert [one["text"] for topic, one in found if topic == "/robot/heard"] == ["Can I have a hint?"]
    assert all(one["schema"] == 1 for _, one in found)
    (file,) = bag.path.glob("*.mcap")
    with file.open("rb") as stream:
        topics = [channel.topic for _, channel, _ in make_reader(stream).iter_messages()]
    assert topics == [topic for topic, _ in found]
    assert b"secret picture" not in file.read_bytes()


async def test_a_bag_holds_the_acts_of_a_robot_that_takes_no_news(tmp_path: Path):
    room, bag = await played(tmp_path, can=frozenset({"say"}))
    acts = [one for topic, one in read(bag.path) if topic == "/tutor/proactivity" and one["what"] == "act"]
    assert len(acts) == len(room.of(Act)) > 0


async def test_a_session_that_is_gone_on_with_gets_a_further_bag(tmp_path: Path):
    names = []
    for _ in range(2):
        bag = Bag(tmp_path, participant="P001", session_id="s1")
        bag.write("/tutor/say", {"text": "hello"})
        bag.close()
        bag.close()
        bag.write("/tutor/say", {"text": "too late"})
        names.append(bag.path.name)
    assert names == ["P001-s1", "P001-s1-2"]
    assert [one["folder"] for one in json.loads((tmp_path / "index.json").read_text())] == names


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="No bag can be written to"):
        Bag(tmp_path / "file" / "bags", participant="P001", session_id="s1")


def test_a_folder_is_asked_for_its_room_before_there_is_a_bag(tmp_path: Path):
    require_bags(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="No bag can be written to"):
        require_bags(tmp_path / "file")


def test_without_rosbags_it_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "rosbags", None)
    with pytest.raises(MissingPart, match="make env-analysis"):
        require_bags(tmp_path)


@pytest.mark.parametrize("text", ["not json", "{}"])
def test_an_index_that_is_none_is_told_and_left_as_it_is(tmp_path: Path, text: str):
    (tmp_path / INDEX).write_text(text)
    for asked in (require_bags, lambda folder: Bag(folder, participant="P001", session_id="s1")):
        with pytest.raises(BadInput, match="is no index of bags"):
            asked(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [INDEX]
    assert (tmp_path / INDEX).read_text() == text


def test_what_a_killed_tutor_recorded_is_in_the_file(tmp_path: Path):
    bag = Bag(tmp_path, participant="P001", session_id="s1")
    said = ["one", "two", "three"]
    for text in said:
        bag.write("/tutor/say", {"text": text})
    (file,) = bag.path.glob("*.mcap")
    left = tmp_path / "left.mcap"
    left.write_bytes(file.read_bytes())
    bag.close()
    types = get_typestore(Stores.ROS2_JAZZY)
    found: list[str] = []
    with left.open("rb") as stream, pytest.raises(EndOfFile):
        for record in StreamReader(stream).records:
            if isinstance(record, Message):
                found.append(json.loads(types.deserialize_cdr(record.data, STRING).data)["text"])
    assert found == said
    assert [one["text"] for _, one in read(bag.path)] == said


async def test_a_disk_that_fills_ends_the_bag_and_not_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    faults: list[str] = []
    bag = Bag(tmp_path, participant="P001", session_id="s1", on_fault=faults.append)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bag._writer, "write", full)
    for _ in range(3):
        bag.write("/tutor/say", {"text": "hello"})
    assert faults[0] == "the bag cannot be written any more (No space left on device)"
    assert len(faults) <= 2


async def test_the_operator_is_told_of_a_bag_that_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    room = await Room().open()
    await room.begin()
    bag = Bag(tmp_path, participant="P001", session_id="s1")
    robot = FakeRobot()
    seat = await room.sessions.seat(CODE, recorded(room, robot, bag))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bag._writer, "write", full)
    robot.hear("Can I have a hint?")
    for _ in range(2):
        await room.settled()
        await seat.idle()
    assert "the bag cannot be written any more (No space left on device)" in [
        row.detail for row in room.of(Health) if row.state == "complained"
    ]
    assert robot.said != []
    await room.sessions.close()


async def test_a_person_is_taken_out_of_a_folder_of_bags(tmp_path: Path):
    url, bags = f"sqlite:///{tmp_path}/log.db", tmp_path / "bags"
    await fill_log(url)
    for person in ("P001", "P002"):
        bag = Bag(bags, participant=person, session_id=f"s-{person}")
        bag.write("/tutor/say", {"text": f"hello from {person}"})
        bag.close()
    arguments = ["withdraw", "P002", "--study", "pilot", "--db", url, "--bags", str(bags), "--yes"]
    result = CliRunner().invoke(app, [*arguments, "--receipt", str(tmp_path / "receipt.json")])
    assert result.exit_code == 0, result.output
    left = [path for path in bags.rglob("*") if path.is_file()]
    assert not any(b"P002" in path.read_bytes() or "P002" in str(path) for path in left)
    assert [one["folder"] for one in json.loads((bags / "index.json").read_text())] == ["P001-s-P001"]
    assert len(list(read(bags / "P001-s-P001"))) == 1


async def test_letters_that_no_file_takes_do_not_end_the_bag(tmp_path: Path):
    bag = Bag(tmp_path, participant="P001", session_id="s1")
    bag.write("/robot/touched", {"where": "half a pair \ud83d"})
    bag.write("/robot/touched", {"where": "head"})
    bag.close()
    assert [one["where"] for _, one in read(bag.path)] == ["half a pair \ufffd", "head"]


async def test_a_bag_that_can_be_written_no_more_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    bag = Bag(tmp_path, participant="P001", session_id="s1")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bag._writer, "write", full)
    bag.write("/tutor/say", {"text": "a secret sentence"})
    bag.write("/tutor/say", {"text": "another one"})
    (told,) = [one.getMessage() for one in caplog.records]
    assert "No space left on device" in told
    assert "secret" not in told


async def test_nobody_s_words_are_kept_before_the_lesson_in_a_pause_and_after_it(tmp_path: Path):
    room = await Room().open()
    bag, robot = Bag(tmp_path, participant="P001", session_id="s1"), FakeRobot()
    seat = await room.sessions.seat(CODE, recorded(room, robot, bag))
    robot.hear("my name is Ada")
    await room.begin()
    robot.hear("can I have a hint?")
    await seat.idle()
    await room.send("pause", on=True)
    robot.hear("did you call your mother?")
    await room.send("end")
    robot.hear("and I live in Bremen")
    await room.sessions.close()
    assert [one["text"] for topic, one in read(bag.path) if topic == "/robot/heard"] == ["can I have a hint?"]
