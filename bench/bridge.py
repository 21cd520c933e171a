# ruff: noqa: T201
"""The bridge client beside roslibpy: a real rosbridge, a real ROS 2, one run, turn about.

    make bench-bridge                                  everything, a quarter of an hour
    .venv/bin/python -m bench.bridge --quick           two lost bridges of each kind, five minutes
    .venv/bin/python -m bench.bridge --only barge_in camera --json

Each client is a process of its own in its own environment, asked the same by lines of JSON
(`bench/bridge_sides/line.py`); `ROSLIBPY_TRANSPORT=asyncio` tries roslibpy's other transport. What reached
the robot is told by the robot itself, beside the bridge. While a bridge is lost, five gestures a second are
published, whose text is when they were sent. Prints a table in Markdown and whether this project's own
claims held. Times belong to the machine and to what else it does; look at the ratios. Exit code
0 unless a client could not run, however it comes out.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from bench.bridge_sides.measures import PARTS, QUICK, Amount, measure, tell
from bench.bridge_sides.side import ROOT, ClientFailed
from bench.bridge_sides.table import claims, number, table
from tests.ros.ros_bench import RosBench

ROBOT = ROOT / "bench/bridge_sides/robot.py"


def main() -> int:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--quick", action="store_true", help="two lost bridges of each kind, less of all")
    parser.add_argument("--reconnects", type=int, help="lost bridges of each kind and client (10)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure (all)")
    parser.add_argument("--json", action="store_true", help="print every single figure in place of the table")
    chosen = parser.parse_args()
    amount = QUICK if chosen.quick else Amount(n_reconnects=chosen.reconnects or 10)
    begun_load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        bench = RosBench(Path(name), node=ROBOT)
        try:
            bench.start()
            found = measure(bench, amount, chosen.only)
        except (ClientFailed, RuntimeError) as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            bench.stop()
    tell("")
    if chosen.json:
        print(json.dumps(found, indent=1))
        return 0
    loads = f"{begun_load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end"
    print(f"{os.cpu_count()} cores, load {loads}\n")
    print(table(found), end="\n\n")
    for claim, value, holds in claims(found):
        print(f"{'yes' if holds else 'NO':3s}  {claim}: {number(value, '')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
