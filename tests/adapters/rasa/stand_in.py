"""Stands in for the launcher and Rasa: answers ``/status`` as ``mode.txt`` of its folder says.

ok: takes turns. ``exit N``: ends at once. no_model: serves, but has no model. mute: never ready.
stubborn: takes turns and ignores SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

MODE = Path("mode.txt").read_text().split()


class Status(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        allowed = self.path == f"/status?token={os.environ['RASA_API_TOKEN']}"
        self.send_response({"no_model": 409, "mute": 503}.get(MODE[0], 200) if allowed else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    if MODE[0] == "exit":
        sys.exit(int(MODE[1]))
    if MODE[0] == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("secrets:", os.environ["RASA_API_TOKEN"], os.environ["TUTOR_TOKEN"], flush=True)
    port = int(sys.argv[sys.argv.index("-p") + 1])
    threading.Thread(target=HTTPServer(("127.0.0.1", port), Status).serve_forever, daemon=True).start()
    while sys.stdin.buffer.read(1):
        time.sleep(0)


if __name__ == "__main__":
    main()
