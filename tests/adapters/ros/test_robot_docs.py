"""docs/robot.md says of the shipped profiles what their files say, and its example is one."""

from __future__ import annotations

import re
from pathlib import Path

from tutorbot.adapters.ros import load_profile, shipped
from tutorbot.adapters.ros.profile_table import profile_table
from tutorbot.adapters.ros.told import TOLD

DOCS = Path(__file__).parents[3] / "docs/robot.md"


def test_the_table_of_profiles_is_that_of_their_files():
    table = re.search(r"<!-- profiles -->\n(.*?)\n<!-- end -->", DOCS.read_text(), re.DOTALL)
    assert table is not None
    assert table.group(1) == profile_table(), "write what profile_table() gives between the marks"


def test_the_example_of_a_profile_of_one_s_own_can_be_read(tmp_path: Path):
    example = re.search(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert example is not None
    path = tmp_path / "my-robot.yml"
    path.write_text(example.group(1))
    assert {"say", "stop", "look", "hear"} <= load_profile(path).can


def test_the_example_of_messages_fills_in_every_field_of_the_tutor_s_own(tmp_path: Path):
    _, example = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    path = tmp_path / "my-robot.yml"
    path.write_text(f"title: Ours\nros: 2\n{example}")
    tell = load_profile(path).file.tell
    for what in TOLD:
        news = getattr(tell, what)
        message = DOCS.parents[1] / f"tutorbot/adapters/ros/interfaces/{news.type}.msg"
        fields = re.findall(r"^[a-z]+[0-9]* ([a-z_]+)\b(?!=)", message.read_text(), re.MULTILINE)
        assert news.fields == {name: f"{{{name}}}" for name in fields if name != "header"}


def test_no_profile_claims_a_robot_that_nobody_tried():
    """When a profile was tried on a robot, docs/robot.md says so and this goes."""
    for name in shipped():
        for part in load_profile(name).file.parts().values():
            assert part is None or part.confirmed.hardware is None
    assert "None of them was tried on a robot" in DOCS.read_text()
