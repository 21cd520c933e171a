"""A robot's own interfaces: what they depend on is read from their files."""

from __future__ import annotations

from pathlib import Path

from scripts.compile_interfaces import dependencies_of, files_of, in_order

INTERFACES = Path(__file__).with_name("interfaces")


def test_a_package_is_compiled_after_those_whose_types_it_names():
    order = [package.name for package in in_order(INTERFACES)]
    assert sorted(order) == ["communication_skills", "hri_msgs", "interaction_skills", "std_skills"]
    for package in in_order(INTERFACES):
        before = order[: order.index(package.name)]
        assert set(dependencies_of(package)) & set(order) <= set(before)


def test_a_package_needs_what_its_fields_name_and_not_what_its_comments_do():
    assert dependencies_of(INTERFACES / "interaction_skills") == ["geometry_msgs", "hri_msgs", "std_skills"]
    assert files_of(INTERFACES / "interaction_skills") == ["action/LookAt.action", "msg/SetExpression.msg"]


def test_every_package_says_whose_it_is():
    said = (INTERFACES / "README.md").read_text()
    for package in in_order(INTERFACES):
        assert f"| {package.name} |" in said
