"""`tutorbot robot run --camera robot`: what must be there for it, and what the learner then reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from studies.protocol import PROTOCOLS, Protocol, load_protocol
from tests.ros.ros_bench import free_port
from tests.session.room import header
from tutorbot.bootstrap.robot_session import RobotChoice, require_camera
from tutorbot.bootstrap.robots import RobotPlace
from tutorbot.bootstrap.study import plan_for
from tutorbot.cli import app
from tutorbot.core.evidence import Watcher
from tutorbot.errors import BadInput
from tutorbot.lessons import lesson_hash
from tutorbot.session.plan import Plan
from tutorbot.session.watching import watched_by

BRIDGE = "ws://127.0.0.1:9"


def choice(watcher: Watcher, profile: str = "generic") -> RobotChoice:
    return RobotChoice(place=RobotPlace(profile=profile, bridge=BRIDGE), watcher=watcher)


def study(name: str) -> Protocol:
    return load_protocol(PROTOCOLS / f"{name}.yml")


def plan(name: str) -> Plan:
    text = (PROTOCOLS / f"{name}.yml").read_text()
    hashed = lesson_hash(study(name).lesson)
    return plan_for(header(protocol=text, lesson_hash=hashed, condition="AD"))


def test_a_robot_without_a_camera_and_a_study_without_one_are_refused_with_what_to_do():
    with pytest.raises(BadInput, match="'ros4hri' has no `see`"):
        require_camera(choice(Watcher.ROBOT, "ros4hri"), study("pilot-camera"))
    with pytest.raises(BadInput, match="names no robot_camera among its evidence_sources"):
        require_camera(choice(Watcher.ROBOT), study("pilot"))
    with pytest.raises(BadInput, match="names no robot_camera"):
        require_camera(choice(Watcher.ROBOT), study("levels"))


def test_with_both_it_passes_and_any_robot_may_sit_beside_the_pages_camera():
    require_camera(choice(Watcher.ROBOT), study("pilot-camera"))
    require_camera(choice(Watcher.PAGE, "ros4hri"), study("pilot"))
    require_camera(choice(Watcher.NOBODY, "ros4hri"), study("pilot"))


def test_it_is_refused_before_anything_is_started(tmp_path: Path):
    command = ["robot", "run", "--bridge", BRIDGE, "--profile", "generic", "--camera", "robot"]
    given = ["--study", "pilot", "--port", str(free_port()), "--db", f"sqlite:///{tmp_path}/study.db"]
    result = CliRunner().invoke(app, [*command, *given])
    assert result.exit_code == 2
    assert "--camera robot cannot be used" in result.output
    assert not (tmp_path / "study.db").exists()


def test_the_learner_reads_of_the_camera_that_is_used_and_of_no_other():
    made = plan("pilot-camera")
    page, robot = watched_by(made, Watcher.PAGE), watched_by(made, Watcher.ROBOT)
    assert page == made
    assert "robot" not in str(page.camera_paragraph)
    assert "use the robot's camera" in str(robot.camera_paragraph)
    assert robot.camera_refused is None
    assert robot.setup == made.setup, "decisions do not hang on whose camera it is"
    assert page.consent_version != robot.consent_version
    nobody = watched_by(made, Watcher.NOBODY)
    assert nobody.camera_refused is not None
    assert nobody.consent_version == page.consent_version


def test_a_study_without_a_robots_camera_offers_none():
    assert watched_by(plan("pilot"), Watcher.ROBOT).camera_refused is not None
