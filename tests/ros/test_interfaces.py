"""A robot's own interfaces, and the tutor's: what they depend on and hold is read from their files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.compile_interfaces import dependencies_of, files_of, in_order
from tutorbot.adapters import ros
from tutorbot.adapters.ros.told import TOLD

INTERFACES = Path(__file__).with_name("interfaces")
OURS = Path(ros.__file__).with_name("interfaces")
KINDS = {float: ("float",), int: ("int", "uint"), str: ("string",), bool: ("bool",)}


def test_a_package_is_compiled_after_those_whose_types_it_names():
    order = [package.name for package in in_order(INTERFACES)]
    assert sorted(order) == ["communication_skills", "hri_msgs", "interaction_skills", "std_skills"]
    for package in in_order(INTERFACES):
        before = order[: order.index(package.name)]
        assert set(dependencies_of(package)) & set(order) <= set(before)


def test_a_package_needs_what_its_fields_name_and_not_what_its_comments_do():
    assert dependencies_of(INTERFACES / "interaction_skills") == ["geometry_msgs", "hri_msgs", "std_skills"]
    assert files_of(INTERFACES / "interaction_skills") == ["action/LookAt.action", "msg/SetExpression.msg"]


def kinds_of(message: Path) -> dict[str, str]:
    """Field -> type; constants have a value and are none."""
    lines = [line.partition("#")[0].split() for line in message.read_text().splitlines()]
    return {line[1]: line[0] for line in lines if len(line) == 2 and "=" not in line[1]}


@pytest.mark.parametrize(
    ("what", "message"),
    [("affect", "Affect"), ("proactivity", "Proactivity"), ("dialogue_state", "DialogueState")],
)
def test_the_tutor_s_own_messages_have_a_field_for_all_that_is_told(what: str, message: str):
    kinds = kinds_of(OURS / f"tutor_msgs/msg/{message}.msg")
    known = {name: kind for name, kind in kinds.items() if name.endswith("_known")}
    others = {name: kind for name, kind in kinds.items() if name not in known and name != "header"}
    assert others.keys() == TOLD[what].keys()
    for name, kind in others.items():
        assert kind.rstrip("0123456789") in KINDS[TOLD[what][name]], name
    assert set(known.values()) <= {"bool"}
    assert {name.removesuffix("_known") for name in known} <= TOLD[what].keys()


def test_the_tutor_s_own_messages_are_all_built_by_a_lab():
    built = (OURS / "tutor_msgs/CMakeLists.txt").read_text()
    assert files_of(OURS / "tutor_msgs") == sorted(re.findall(r'"(msg/\w+\.msg)"', built))
    assert dependencies_of(OURS / "tutor_msgs") == ["std_msgs"]
    assert "<depend>std_msgs</depend>" in (OURS / "tutor_msgs/package.xml").read_text()


def test_every_package_says_whose_it_is():
    said = (INTERFACES / "README.md").read_text()
    for package in in_order(INTERFACES):
        assert f"| {package.name} |" in said
