"""A real rosbridge server and a robot on a real ROS 2, for all tests that want them.

Both are child processes in `.venv-ros`; tests talk to them over the WebSocket alone::

    async def test_something(ros_bench):
        async with connect(ros_bench.url) as wire: ...
        ros_bench.kill()  # or freeze() and thaw(), restart(); the same for `ros_bench.robot`

What a test killed or froze is up again for the next one. When a test fails, its report shows what the two
printed meanwhile. ROS keeps to this machine's loopback, in a domain of its own.

A bridge that listens has not found the robot yet. Up to three seconds after a start what is published is
lost, and a service call sent meanwhile fails after 30 s even though later ones are answered. So wait for the
latched /robot/ready (see `robot_node.py`) and ask for it anew until it comes.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.ros.leftovers import sweep
from tests.ros.part import Part

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = REPOSITORY / ".venv-ros"
HRI_ENVIRONMENT = REPOSITORY / ".venv-ros-hri"
BUILT_BY = {ENVIRONMENT: "make env-ros", HRI_ENVIRONMENT: "make ros-bench"}
ROBOT_NODE = Path(__file__).with_name("robot_node.py")
SKILLS_NODE = Path(__file__).with_name("skills_node.py")


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def free_domain() -> int:
    """A ROS domain, 1..100, whose first participant's UDP port nobody uses on this machine."""
    for domain in random.sample(range(1, 101), 100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("0.0.0.0", 7410 + 250 * domain))
            except OSError:
                continue
            return domain
    raise RuntimeError("All ROS domains from 1 to 100 are in use on this machine; end other test runs.")


@cache
def installation(venv: Path) -> Mapping[str, str]:
    """What an environment of ROS wheels must be told to work: where its libraries and the bridge lie."""
    python = venv / "bin/python"
    if not (venv / ".built-from").exists():
        raise RuntimeError(f"{venv.name} is missing or half built; run `{BUILT_BY[venv]}`.")
    ask = (
        "import os, sysconfig; print(os.environ['LD_LIBRARY_PATH'], sysconfig.get_path('platlib'), sep='\\n')"
    )
    answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout
    libraries, site = answer.splitlines()
    return {"libraries": libraries, "bridge": f"{site}/rosbridge_server_rs/rosbridge_server_rs_jazzy"}


def ros_environment(venv: Path, domain: int, folder: Path) -> dict[str, str]:
    """The environment variables of every process of one bench.

    domain: 1..100, private to the bench. folder: where ROS writes its own logs.
    """
    return {
        **os.environ,
        "AMENT_PREFIX_PATH": str(venv),
        "LD_LIBRARY_PATH": installation(venv)["libraries"],
        "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "ROS_DISTRO": "jazzy",
        "ROS_DOMAIN_ID": str(domain),
        "ROS_LOG_DIR": str(folder),
        "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1",
    }


class RosBench:
    """The bridge and the robot. `kill`, `freeze`, `thaw` and `restart` are the bridge's.

    url: where the bridge listens, the same over restarts. log_file: what both print.
    """

    def __init__(self, folder: Path, *, venv: Path = ENVIRONMENT, node: Path = ROBOT_NODE) -> None:
        """folder: for logs and the robot's diary. node: the robot; it prints "robot is up" when it is."""
        self.log_file = folder / "ros.log"
        self.diary = folder / "diary.jsonl"
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self.domain = free_domain()
        environment = ros_environment(venv, self.domain, folder)
        self.bridge = Part(
            "bridge",
            [installation(venv)["bridge"], "--bind", f"127.0.0.1:{self.port}", "--no-rosapi"],
            environment=environment | {"LD_PRELOAD": str(next(venv.glob("lib/preload-libpython*")))},
            log_file=self.log_file,
            up=self._listens,
        )
        self._node = [str(venv / "bin/python"), "-u", str(node)]
        self.robot = Part(
            "robot",
            self._command(),
            environment=environment,
            log_file=self.log_file,
            up=self._robot_said_so,
        )
        self.kill, self.freeze = self.bridge.kill, self.bridge.freeze
        self.thaw, self.restart = self.bridge.thaw, self.bridge.restart

    def _command(self, **parameters: object) -> list[str]:
        chosen = [f"{name}:={value}" for name, value in {"diary": self.diary, **parameters}.items()]
        return [*self._node, "--ros-args", *(word for one in chosen for word in ("-p", one))]

    def robot_with(self, **parameters: object) -> None:
        """Begin the robot anew with these parameters for its start."""
        self.robot.command = self._command(**parameters)
        self.robot.restart()

    def start(self) -> None:
        """Return once the robot runs and the bridge listens; that they have found each other takes longer."""
        self.robot.start()
        self.bridge.start()

    def stop(self) -> None:
        """End both and take away what killed ones left."""
        self.bridge.stop()
        self.robot.stop()
        sweep(self.domain)

    def mend(self) -> None:
        """Make good what a test did to them."""
        self.robot.mend()
        self.bridge.mend()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
        except OSError:
            return False
        return True

    def _robot_said_so(self) -> bool:
        return "robot is up" in self.log_file.read_text(errors="replace").rpartition("--- robot starts")[2]


def hri_bench(folder: Path) -> RosBench:
    """A bench whose bridge and robot know the compiled interfaces (`make ros-bench`)."""
    return RosBench(folder, venv=HRI_ENVIRONMENT, node=SKILLS_NODE)


@contextmanager
def running(bench: RosBench) -> Iterator[RosBench]:
    """A bench that is up meanwhile."""
    try:
        bench.start()
        yield bench
    finally:
        bench.stop()


@pytest.fixture(scope="session")
def ros_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RosBench]:
    """The one bridge and robot of this test run."""
    with running(RosBench(tmp_path_factory.mktemp("ros"))) as bench:
        yield bench


def bench_of(item: pytest.Item) -> RosBench | None:
    """The bench, if this test uses it."""
    return getattr(item, "funcargs", {}).get("ros_bench")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Keep what the bench printed during the test; then mend what the test did to it."""
    bench = bench_of(item)
    if bench is None:
        return (yield)
    before = bench.log_file.stat().st_size
    try:
        return (yield)
    except BaseException:
        bench.robot.kill()  # it may be in the middle of something; the next test gets a fresh one
        raise
    finally:
        printed = bench.log_file.read_bytes()[before:].decode(errors="replace")
        item.add_report_section("call", "ROS bridge and robot", printed[-20_000:])
        bench.mend()
