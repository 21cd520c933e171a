"""A real `tutorbot pilot` in a process of its own, as an operator starts it."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil

START_WITHIN_S = 120.0


class Pilot:
    """Start, kill and start again on the same port and log. command: what is started, and its own options."""

    def __init__(self, folder: Path, *, study: str, command: Sequence[str] = ("pilot",)) -> None:
        self._folder, self.command = folder, command
        self._study = study
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.db = f"sqlite:///{folder / 'study.db'}"
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return once both addresses are printed."""
        command = [Path(sys.executable).with_name("tutorbot"), *self.command, "--study", self._study]
        command += ["--port", str(self.port), "--db", self.db]
        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=self._folder,
            env={**os.environ, "TUTORBOT_VAR": str(self._folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None
        self._reader = threading.Thread(target=self._pass_on, args=(said,), daemon=True)
        self._reader.start()
        self.printed = ""
        while "Stop with" not in self.printed:
            line = said.get(timeout=START_WITHIN_S)
            if not line:
                self.process.wait(10)
                raise AssertionError(f"the pilot ended: {self.printed}")
            self.printed += line

    def _pass_on(self, said: queue.Queue[str]) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                said.put(line)
        said.put("")

    @property
    def console(self) -> str:
        """The console's one-time address."""
        found = re.search(r"Console:\s+(\S+)", self.printed)
        assert found is not None
        return found.group(1)

    @property
    def rasa_pid(self) -> int:
        """Process id of the Rasa server that the pilot watches."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if any("launcher" in part or "rasa" in part for part in child.cmdline()):
                return child.pid
        raise AssertionError("the pilot has no Rasa process")

    def kill(self) -> None:
        """The plug is pulled."""
        self.process.kill()
        self.process.wait(10)
        self._reader.join(10)

    def stop(self) -> None:
        """An orderly end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self._reader.join(10)
