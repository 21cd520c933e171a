"""Starts Rasa so that it cannot outlive the tutor. Run by Rasa's own Python; imports no part of tutorbot.

Usage: ``python launcher.py ARGUMENT...`` runs ``rasa ARGUMENT...`` with

- the API token taken from the environment (``RASA_API_TOKEN``), so that no list of processes shows it;
- an end when the tutor ends, however that happens: on Linux the kernel is asked to kill the process with
  its parent; everywhere the end of standard input, which the tutor holds open, means the same.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1


def die_with_the_tutor() -> None:
    """Arrange for the end of this process at the end of the one that holds our standard input."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_wait_for_end_of_input, name="tutor-watch", daemon=True).start()


def _wait_for_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run Rasa's command line."""
    die_with_the_tutor()
    token = os.environ.pop("RASA_API_TOKEN", None)
    sys.argv = ["rasa", *sys.argv[1:], *([f"--auth-token={token}"] if token else [])]
    from rasa.__main__ import main as rasa_main  # type: ignore[import-not-found]

    rasa_main()


if __name__ == "__main__":
    main()
