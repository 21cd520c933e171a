"""roslibpy, asked by lines (see `line.py`); run by the Python of `.venv-bench-roslibpy`.

Used as its own documentation uses it: topics and clients made once, callbacks, all settings as they come.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

import roslibpy  # type: ignore[import-not-found,unused-ignore]

from bench.bridge_sides import line


class WithRoslibpy:
    """One method for each thing that is asked."""

    def __init__(self) -> None:
        self._ros: Any
        self._gesture: Any
        self._camera: Any
        self._seen: dict[str, threading.Event] = {}
        self._hush = threading.Event()
        self._speaking: threading.Thread
        self._n_sent = 0
        self._pictures: list[tuple[int, float]] = []

    def open(self, url: str) -> dict[str, Any]:
        host, port = url.removeprefix("ws://").split(":")
        self._ros = roslibpy.Ros(host, int(port))
        self._ros.on("ready", lambda *_: self._state(True))
        self._ros.on("close", lambda *_: self._state(False))
        self._ros.run(timeout=20)
        self._gesture = roslibpy.Topic(self._ros, line.GESTURE, line.STRING)
        self._gesture.advertise()
        roslibpy.Topic(self._ros, line.SEEN, line.STRING).subscribe(self._heard)
        while self._trip_s() is None:
            pass
        return {}

    def _state(self, up: bool) -> None:
        line.tell(event="state", up=up, ready=up, at_s=time.time())

    def _heard(self, message: Mapping[str, Any]) -> None:
        event = self._seen.get(json.loads(message["data"])["data"])
        if event is not None:
            event.set()

    def _trip_s(self) -> float | None:
        word = line.stamp()
        event = self._seen[word] = threading.Event()
        begun_s = time.perf_counter()
        self._gesture.publish(roslibpy.Message({"data": word}))
        came = event.wait(line.TRIP_S)
        del self._seen[word]
        return time.perf_counter() - begun_s if came else None

    def round_trips(self, n: int, gap_s: float) -> dict[str, Any]:
        trips_ms = []
        for _ in range(n):
            time.sleep(gap_s)
            trip_s = self._trip_s()
            trips_ms.append(None if trip_s is None else 1000 * trip_s)
        return {"trips_ms": trips_ms}

    def speak(self, every_s: float) -> dict[str, Any]:
        self._n_sent = 0
        self._hush.clear()
        self._speaking = threading.Thread(target=self._speak, args=(every_s,), daemon=True)
        self._speaking.start()
        return {}

    def _speak(self, every_s: float) -> None:
        while not self._hush.wait(every_s):
            self._gesture.publish(roslibpy.Message({"data": line.stamp()}))
            self._n_sent += 1

    def quiet(self) -> dict[str, Any]:
        self._hush.set()
        self._speaking.join()
        return {"n_sent": self._n_sent, "n_refused": 0}

    def ask_deaf(self) -> dict[str, Any]:
        service = roslibpy.Service(self._ros, line.DEAF, line.TRIGGER)
        service.call(
            roslibpy.ServiceRequest(),
            callback=lambda _: line.tell(event="call", how="answered", at_s=time.time()),
            errback=lambda _: line.tell(event="call", how="failed", at_s=time.time()),
        )
        return {}

    def barge_in(self, n: int) -> dict[str, Any]:
        client = roslibpy.ActionClient(self._ros, line.ACT, line.FIBONACCI)
        confirmed_ms: list[float | None] = []
        for _ in range(n):
            begun, over = threading.Event(), threading.Event()
            goal = client.send_goal(
                roslibpy.Goal({"order": line.STEPS}),
                lambda _, over=over: over.set(),
                lambda _, begun=begun: begun.set(),
                lambda _, over=over: over.set(),
            )
            begun.wait(5)
            begun_s = time.perf_counter()
            client.cancel_goal(goal)
            confirmed_ms.append(1000 * (time.perf_counter() - begun_s) if over.wait(line.CONFIRM_S) else None)
        return {"confirmed_ms": confirmed_ms}

    def watch(self, work_s: float, throttle_ms: int) -> dict[str, Any]:
        pictures = self._pictures = []

        def use(message: Mapping[str, Any]) -> None:
            pictures.append(line.picture_of(message))
            time.sleep(work_s)

        self._camera = roslibpy.Topic(self._ros, line.CAMERA, line.IMAGE, throttle_rate=throttle_ms)
        self._camera.subscribe(use)
        return {}

    def unwatch(self) -> dict[str, Any]:
        self._camera.unsubscribe()
        return {"pictures": list(self._pictures)}


def main() -> None:
    """Until nothing more is asked."""
    side = WithRoslibpy()
    while (asked := line.asked()) is not None:
        what, fields = asked["ask"], asked["with"]
        line.tell(answer=getattr(side, what)(**fields))
    os._exit(0)  # its threads end for nobody


if __name__ == "__main__":
    main()
