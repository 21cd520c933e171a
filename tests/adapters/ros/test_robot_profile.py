"""Robot profiles: the shipped ones are sound, and a mistake in a lab's own is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.adapters.ros import load_profile, shipped
from tutorbot.adapters.ros.placeholders import filled, found, holes
from tutorbot.adapters.ros.profile import succeeded
from tutorbot.errors import BadFile, BadInput, RobotRefused

OWN = """\
title: Our robot
ros: 2
say:
  kind: topic
  name: /speech
  type: std_msgs/msg/String
  fields: {data: "{text}"}
  ends: {rule: estimated_duration, characters_per_s: 12, plus_s: 1}
  confirmed: {hardware: "our robot, 2026-11-24"}
"""
MOTION = """\
{part}:
  kind: topic
  name: /move
  type: std_msgs/msg/String
  fields: {fields}
  names: {names}
  confirmed: {{source: our manual}}
"""


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yml"
    path.write_text(text)
    return path


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(BadFile) as told:
        load_profile(own(tmp_path, text))
    return str(told.value)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_profile_is_sound_and_says_where_each_part_is_from(name: str):
    profile = load_profile(name)
    assert profile.name == name
    assert {"say", "tell"} <= profile.can
    assert profile.probe.name.startswith("/")
    assert not profile.file.humans.expression
    for part in profile.file.parts().values():
        assert part is None or part.confirmed.best in ("source", "bench")


def test_a_lab_s_own_file_is_read_by_its_path(tmp_path: Path):
    profile = load_profile(str(own(tmp_path, OWN)))
    assert (profile.name, profile.can) == ("own", {"say", "tell"})
    assert profile.spoken("Hi", "en") == {"data": "Hi"}


@pytest.mark.parametrize(
    ("name", "near"), [("qt-robot", "qtrobot"), ("NAO_ROS1", "nao_ros1"), ("zzz", "Known are generic, nao")]
)
def test_an_unknown_name_gets_the_nearest_and_the_known_ones(name: str, near: str):
    with pytest.raises(BadInput, match=near) as told:
        load_profile(name)
    assert "ros4hri" in str(told.value)


@pytest.mark.parametrize("prefix", ["naoqi_driver", "/a b", "/x/", "/{id}"])
def test_a_prefix_that_is_none_is_refused(prefix: str):
    with pytest.raises(BadInput, match="no prefix"):
        load_profile("nao_naoqi2", prefix=prefix)


def test_the_operator_s_prefix_takes_the_place_of_the_file_s():
    profile = load_profile("nao_naoqi2", prefix="/naoqi_driver")
    assert profile.file.see is not None
    assert profile.place(profile.file.see.name) == "/naoqi_driver/camera/front/image_raw/compressed"
    assert profile.file.say is not None
    assert profile.place(profile.file.say.name) == "/speech"


@pytest.mark.parametrize(
    ("name", "language", "locale"),
    [("ros4hri", "en", "en_GB"), ("generic", "de", "de-DE"), ("pal", "en-US", "en_US"), ("pal", "fr", "fr")],
)
def test_a_locale_is_written_as_the_robot_has_it(name: str, language: str, locale: str):
    assert load_profile(name).locale(language) == locale


def test_language_and_locale_stand_in_the_message(tmp_path: Path):
    fields = '{data: "{text}", lang: "{language}", where: ["{locale}"]}'
    profile = load_profile(own(tmp_path, OWN.replace('{data: "{text}"}', fields)))
    assert profile.spoken("Hi", "en") == {"data": "Hi", "lang": "en", "where": ["en-GB"]}


def test_a_robot_without_a_probe_is_given_a_while_where_bridges_need_one():
    assert [load_profile(name).probe.settle_s for name in ("pal", "qtrobot", "generic")] == [3.0, 0.0, 0.0]


def test_types_are_named_as_the_robot_s_ros_names_them():
    assert load_profile("qtrobot").type("std_msgs/msg/String") == "std_msgs/String"
    assert load_profile("pal").type("std_srvs/srv/Trigger") == "std_srvs/srv/Trigger"


def test_a_look_may_have_a_point_whose_numbers_stay_numbers(tmp_path: Path):
    names = '{task: {frame: "map", x: 1.5, y: 0}}'
    fields = '{header: {frame_id: "{frame}"}, point: {x: "{x}", y: "{y}"}}'
    profile = load_profile(own(tmp_path, OWN + MOTION.format(part="look", names=names, fields=fields)))
    _, message = profile.motion("look", "task")
    assert message == {"header": {"frame_id": "map"}, "point": {"x": 1.5, "y": 0}}
    with pytest.raises(RobotRefused, match="cannot do look 'learner'"):
        profile.motion("look", "learner")


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("kind: topic", "kind: topik", 4, "'topik'"),
        ("name: /speech", "name: speech", 5, "speech"),
        ("name: /speech", 'name: "/{room}/speech"', 5, "nothing is known for {room} here"),
        ("std_msgs/msg/String", "std_msgs/String", 6, "no type of ROS 2; write it as package/msg/Name"),
        ("ros: 2", "ros: 1", 6, "no type of ROS 1; write it as package/Name"),
        ("{text}", "{txt}", 7, "{txt}"),
        ("{text}", "hello", 7, "what is said has no place; write {text}"),
        ("estimated_duration", "action_result", 8, "a topic does not end by action_result; write one of"),
        ("estimated_duration", "status_topic", 8, "status_topic needs topic; add `topic:` here"),
        (", plus_s: 1", "", 8, "estimated_duration needs plus_s"),
        ('hardware: "our robot, 2026-11-24"', "", 9, "nothing says where this comes from"),
        ("title: Our robot", "titel: Our robot", 1, "did you mean `title`?"),
        ("title: Our robot", "title: Our robot\nhumans: {face: face_1}", 2, "tutor_"),
        ("title: Our robot", "title: Our robot\nprefix: naoqi", 2, "naoqi"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, line: int, told: str):
    text = complaint(tmp_path, OWN.replace(old, new))
    assert told in text
    assert f"own.yml:{line}:" in text


@pytest.mark.parametrize(
    ("part", "names", "fields", "told"),
    [
        ("gesture", "{nodd: yes}", '{data: "{name}"}', "did you mean `nod`?"),
        ("look", "{sky: up}", '{data: "{name}"}', "known are learner, task, away"),
        ("look", "{task: {x: 1}}", '{x: "{x}", y: "{y}"}', "it has no value for {y}; add `y:` to it"),
        ("express", "{glad: happy}", "{data: happy}", "every name would send the same message"),
    ],
)
def test_a_motion_that_cannot_be_is_told(tmp_path: Path, part: str, names: str, fields: str, told: str):
    assert told in complaint(tmp_path, OWN + MOTION.format(part=part, names=names, fields=fields))


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("stop: {kind: cancel, confirmed: {bench: x}}", "there is no goal to cancel"),
        ("stop: {kind: service, name: /stop, confirmed: {bench: x}}", "a service needs its type"),
        (
            "hear: {name: /a, type: a_b/msg/C, format: text, confirmed: {bench: x}, "
            "ids: {topic: /t, type: a_b/msg/C}}",
            "write {id} where it belongs",
        ),
        ("tell: {affect: {name: /a, type: a_b/msg/C}}", "needs its fields, too"),
        ('tell: {affect: {name: /a, fields: {a: "{confusion}"}}}', "needs its type, too"),
        ('tell: {affect: {name: /a, type: a_b/msg/C, fields: {a: "{phase}"}}}', "known are at_s, window_s"),
        ('tell: {affect: {name: /a, type: a_b/C, fields: {a: "{at_s}"}}}', "no type of ROS 2"),
        ("tell: {affect: {name: /a, type: a_b/msg/C, fields: {a: 1}}}", "tell the same all the time"),
        ("tell: {affect: affect}", "not in the form"),
        ('hear: {name: "/{id}", type: a_b/msg/C, format: text, confirmed: {bench: x}}', "{id} here"),
        (
            "hear: {name: /a, type: a_b/msg/C, format: text, fields: {a: 1}, confirmed: {bench: x}}",
            "a topic is listened to and sent nothing",
        ),
        (
            'hear: {kind: service, name: /a, type: a_b/srv/C, format: text, fields: {a: "{text}"}, '
            "confirmed: {bench: x}}",
            "nothing is known for {text} here",
        ),
        (
            'hear: {kind: service, name: "/a/{id}", type: a_b/srv/C, format: text, confirmed: {bench: x}, '
            "ids: {topic: /t, type: a_b/msg/C}}",
            "a service is called by its one name",
        ),
    ],
)
def test_parts_that_do_not_fit_are_told(tmp_path: Path, added: str, told: str):
    assert told in complaint(tmp_path, OWN + added + "\n")


def test_a_robot_of_ros_1_has_no_actions(tmp_path: Path):
    text = OWN.replace("ros: 2", "ros: 1").replace("/msg/", "/").replace("kind: topic", "kind: action")
    text = text.replace(
        "{rule: estimated_duration, characters_per_s: 12, plus_s: 1}", "{rule: action_result}"
    )
    assert "a bridge of ROS 1 knows no actions" in complaint(tmp_path, text)


def test_what_stands_for_a_part_is_told_with_the_prefix_in_force():
    generic, nao = load_profile("generic"), load_profile("nao_naoqi2", prefix="/nao_1")
    assert generic.by("say") == "topic /robot/say, its end by topic /robot/speaking"
    assert generic.by("stop") == "service /robot/stop"
    assert nao.by("see") == "topic /nao_1/camera/front/image_raw/compressed"
    assert load_profile("ros4hri").by("hear") == "topic /humans/voices/{id}/speech"
    assert load_profile("ros4hri").by("stop") is nao.by("touch") is nao.by("tell") is None


def test_the_types_that_a_part_needs_are_all_told():
    generic, ros4hri = load_profile("generic"), load_profile("ros4hri")
    assert generic.types("say") == {"std_msgs/msg/String", "std_msgs/msg/Bool"}
    assert ros4hri.types("hear") == {"hri_msgs/msg/LiveSpeech", "hri_msgs/msg/IdsList"}
    assert ros4hri.types("stop") == ros4hri.types("touch") == set()


def test_an_answer_is_looked_at_where_the_profile_says():
    say = load_profile("ros4hri").file.say
    assert say is not None
    assert succeeded(say, {"result": {"error_code": 0}})
    for answer in ({"result": {"error_code": 4}}, {"result": 0}, {}):
        assert not succeeded(say, answer)


@given(st.text())
def test_braces_in_somebody_s_words_stay_as_they_are(text: str):
    values = {"text": text, "locale": "en-GB"}
    assert filled({"a": ["{text}", "({text}) {locale}"]}, values) == {"a": [text, f"({text}) en-GB"]}


def test_holes_and_values_are_found_however_deep():
    assert sorted(holes({"a": ["{x}", {"b": "{y} {z}"}], "c": 1})) == ["x", "y", "z"]
    assert found({"a": {"b": 0}}, "a.b") == 0
    assert found({"a": 1}, "a.b") is None
