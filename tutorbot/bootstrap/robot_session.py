"""A robot beside one participant's page, for as long as the pilot runs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from studies.protocol import Protocol
from tutorbot.adapters.ros.bag import Bag, require_bags
from tutorbot.adapters.ros.recording import RecordedRobot
from tutorbot.adapters.web.sim import SimRobot
from tutorbot.bootstrap.parts import Parts
from tutorbot.bootstrap.robot_check import Notes
from tutorbot.bootstrap.robots import RobotPlace, robot_at
from tutorbot.bootstrap.study import refused_camera
from tutorbot.core.comeback import Then
from tutorbot.core.evidence import Watcher
from tutorbot.core.tutor import Tutor
from tutorbot.errors import BadInput
from tutorbot.ports import Arrival, LogHeader, Robot
from tutorbot.session.hearing import Manners

ANSWERS_WITHIN_S = 10.0
"""Longest that a robot may take to answer at the start. P"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotChoice:
    """What the operator asked for.

    participant: pseudonym of a session that was begun; None: somebody new. then: what becomes of that
    session's block. bag: folder of bags. hold_after_s: see ``Manners``. watcher: whose camera the learner
    is asked about.
    """

    place: RobotPlace
    hold_after_s: float = Manners().hold_after_s
    participant: str | None = None
    then: Then = Then.CONTINUE
    bag: Path | None = None
    watcher: Watcher = Watcher.PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """Who sits before the robot. page: path of their page. again: their session was begun before.

    stands: how far it had come, for the operator. body: path of the robot's own page; None: it has none.
    """

    robot: str
    participant: str
    page: str
    again: bool
    stands: str
    bag: Path | None
    body: str | None = None


def require_choice(choice: RobotChoice) -> None:
    """Pass when the options go together and a bag can be kept: asked before anybody has a place.

    Raises: BadInput; MissingPart: a bag without rosbags.
    """
    if choice.participant is None and choice.then is not Then.CONTINUE:
        raise BadInput(
            f"--then {choice.then} is about a session that was begun, and none is named.",
            remedy="Name its participant with --participant, or leave --then out.",
        )
    if choice.bag is not None:
        require_bags(choice.bag)


def require_camera(choice: RobotChoice, protocol: Protocol) -> None:
    """Pass when the chosen camera can be used. Raises: BadInput: robot or study has none; BadFile."""
    if choice.watcher is not Watcher.ROBOT:
        return
    if "see" not in robot_at(choice.place).can:
        raise BadInput(
            f"Profile {choice.place.profile!r} has no `see`: the tutor knows no camera of this robot.",
            remedy="Choose --camera page or none, or name its camera in a profile of your own.",
        )
    if (refused := refused_camera(protocol, robot=True)) is not None:
        raise BadInput(
            f"--camera robot cannot be used: {refused}",
            remedy="Choose --camera page or none, or supply what is missing (docs/robot.md).",
        )


async def require_robot(choice: RobotChoice) -> None:
    """Pass when the robot answers: asked before anything else is started, and before anybody has a place.

    A robot in the browser cannot answer yet: its page is served together with all others.

    Raises: BadInput, BadFile: of the profile or the address. RobotUnreachable: within ``ANSWERS_WITHIN_S``
        nothing answered, and why.
    """
    robot = robot_at(choice.place)
    if isinstance(robot, SimRobot):
        return
    await robot.start(Notes())
    try:
        await robot.ready(within_s=ANSWERS_WITHIN_S)
    finally:
        await robot.close()


async def seat_robot(parts: Parts, choice: RobotChoice, robot: Robot) -> Seated:
    """Give the robot its place beside a participant's page. robot: of the place chosen, not started.

    Raises: BadInput: of the participant or the bag. MissingPart: a bag without rosbags. LogUnwritable.
    """
    body = robot.path if isinstance(robot, SimRobot) else None
    header = await _participant(parts, choice.participant)
    bag = None
    if choice.bag is not None:
        bag = Bag(choice.bag, participant=header.participant, session_id=header.session_id)
        robot = RecordedRobot(robot, bag, listens=lambda: parts.sessions.listens(header.session_id))
    manners = Manners(hold_after_s=choice.hold_after_s)
    seat = await parts.sessions.seat(header.link, robot, choice.watcher, manners=manners)
    stands = _stands(seat.session.tutor)
    if choice.participant is not None:
        await _go_on(parts, header.participant, choice.then)
    return Seated(
        robot=str(choice.place),
        participant=header.participant,
        page=f"/p/{header.link}",
        again=choice.participant is not None,
        stands=stands,
        bag=None if bag is None else bag.path,
        body=body,
    )


def _stands(tutor: Tutor) -> str:
    """Where a session stands, in a few words."""
    item = tutor.course.item
    if not tutor.running or item is None:
        return f"at {tutor.phase}"
    return f"in block {tutor.course.block}, board {item.item_id}"


async def _go_on(parts: Parts, participant: str, then: Then) -> None:
    """What the operator chose for a session that was broken off. Raises: BadInput: it cannot be done."""
    client_id = f"operator-{secrets.token_hex(8)}"
    if then is Then.RESTART_BLOCK:
        await parts.sessions.desk.restart(participant, client_id)
    elif then is Then.STOP:
        await parts.sessions.desk.end(participant, client_id)


async def _participant(parts: Parts, code: str | None) -> LogHeader:
    if code is None:
        link = await parts.sessions.join(Arrival())
        return await parts.log.session_by_link(link)
    begun = await parts.log.unfinished()
    for header in begun:
        if header.participant == code and header.study_id == parts.protocol.id:
            return header
    known = ", ".join(one.participant for one in begun if one.study_id == parts.protocol.id)
    raise BadInput(
        f"No session of {code!r} is begun and not ended in study {parts.protocol.id!r}.",
        remedy=f"There are {known}." if known else "Leave --participant out to take in somebody new.",
    )
