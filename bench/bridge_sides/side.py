# ruff: noqa: S603
"""A client in its process, and what reached the robot of what it published."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ros.ros_bench import RosBench

ROOT = Path(__file__).parents[2]
SIDES = {
    "ours": (sys.executable, "bench.bridge_sides.ours"),
    "roslibpy": (str(ROOT / ".venv-bench-roslibpy/bin/python"), "bench.bridge_sides.with_roslibpy"),
}
"""Name -> Python of its environment, module."""

Figures = dict[str, Any]


class ClientFailed(Exception):
    """A client could not run; the text says which and why."""


class Side:
    """One client in its process."""

    def __init__(self, name: str) -> None:
        python, module = SIDES[name]
        if not Path(python).exists():
            raise ClientFailed(f"{name}: {python} is missing; run `make bench-bridge`.")
        self.name, self.events = name, list[Figures]()
        self._answers: queue.Queue[Any] = queue.Queue()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._child = subprocess.Popen(
            [python, "-m", module],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._child.stdout
        for line in self._child.stdout:
            told = json.loads(line)
            if "answer" in told:
                self._answers.put(told["answer"])
            else:
                self.events.append(told)
        self._answers.put(None)

    def ask(self, what: str, *, within_s: float = 60.0, **fields: Any) -> Figures:
        """Its answer. Raises: ClientFailed: it ended, or did not answer in time."""
        assert self._child.stdin
        try:
            self._child.stdin.write(json.dumps({"ask": what, "with": fields}) + "\n")
            self._child.stdin.flush()
            answer = self._answers.get(timeout=within_s)
        except (queue.Empty, BrokenPipeError):
            answer = None
        if answer is None:
            self._errors.seek(0)
            last_words = self._errors.read().decode(errors="replace").strip().splitlines()[-1:]
            raise ClientFailed(f"{self.name} did not answer {what!r}: {' '.join(last_words) or 'no words'}")
        found: Figures = answer
        return found

    def first(self, since_s: float, **wanted: Any) -> float | None:
        """Seconds from this moment to the first such event."""
        at_s = (one["at_s"] for one in tuple(self.events) if wanted.items() <= one.items())
        return next((one - since_s for one in at_s if one >= since_s), None)

    def end(self) -> None:
        """Ended, whatever it does."""
        self._child.kill()
        self._child.wait()
        self._errors.close()


@contextmanager
def side(name: str, bench: RosBench) -> Iterator[Side]:
    """A client that has found the robot."""
    one = Side(name)
    try:
        one.ask("open", url=bench.url)
        yield one
    finally:
        one.end()


class Witness:
    """What reached the robot since this was made."""

    def __init__(self, bench: RosBench) -> None:
        self._log = bench.log_file
        self._offset = self._log.stat().st_size

    def gestures(self) -> list[tuple[float, float]]:
        """(sent, arrived), seconds of the machine's clock."""
        text = self._log.read_bytes()[self._offset :].decode(errors="replace")
        lines = [
            json.loads(one) for one in text.splitlines() if one.startswith('{"topic"') and one[-1] == "}"
        ]
        return [(float(one["data"]), one["at_s"]) for one in lines if one["topic"] == "/robot/gesture"]


def until(condition: Callable[[], bool], within_s: float) -> bool:
    """Look again and again; False once the time is over."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.02)
    return True
