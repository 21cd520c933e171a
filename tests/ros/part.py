"""A child process of the bench that can be ended and stopped short in every way a real one can."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

UP_WITHIN_S = 20.0
DOWN_WITHIN_S = 5.0
LOOK_EVERY_S = 0.02


def until(condition: Callable[[], bool], *, within_s: float) -> bool:
    """Look again and again whether something is so; False once the time is over."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_S)
    return True


class Part:
    """One child process that can be ended and stopped short in every way a real one can."""

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        environment: Mapping[str, str],
        log_file: Path,
        up: Callable[[], bool],
    ) -> None:
        """command: may be changed for the next start."""
        self.name = name
        self.command = command
        self._environment = environment
        self._log_file = log_file
        self._up = up
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process exists; a frozen one does."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Return once it is up. Raises: RuntimeError: if it ends before, or is too slow."""
        with self._log_file.open("ab") as log:
            log.write(f"--- {self.name} starts\n".encode())
            log.flush()
            self._let_go()
            self._child = subprocess.Popen(
                self.command, env=self._environment, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        until(lambda: not self.running or self._up(), within_s=UP_WITHIN_S)
        if not (self.running and self._up()):
            self.kill()
            raise RuntimeError(
                f"{self.name} was not up within {UP_WITHIN_S:g} s:\n{self._log_file.read_text()[-2000:]}"
            )

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that does not end it in time. Harmless when it is not running."""
        if not self.running:
            return
        assert self._child is not None
        self.thaw()
        self._child.terminate()
        try:
            self._child.wait(DOWN_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._let_go()

    def kill(self) -> None:
        """SIGKILL: gone without a word to anyone."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        self._let_go()

    def write(self, line: str) -> None:
        """Put a line into its input. Raises: BrokenPipeError: it has ended."""
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(f"{line}\n".encode())
        self._child.stdin.flush()

    def _let_go(self) -> None:
        """Its input is written to no more."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: goes on where it was frozen."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """Up again, anew, whatever state it was in."""
        self.stop()
        self.start()

    def mend(self) -> None:
        """Up again if it was killed or frozen, and left alone otherwise."""
        if self.running:
            self.thaw()
        else:
            self.start()

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            assert self._child is not None
            self._child.send_signal(number)
