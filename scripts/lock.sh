#!/usr/bin/env bash
# Resolve every lock file anew. Versions that still fit are kept; UPGRADE=1 takes the newest.
# Locks hold names, versions and hashes only: no address of an index, no path of a machine.
set -euo pipefail

compile() {
    .tools/bin/uv pip compile --quiet --no-header --no-emit-index-url --generate-hashes --python-version 3.11 \
        ${UPGRADE:+--upgrade} "$@"
}

# The main environment, for every platform and Python >= 3.11; the test tools fit the same versions.
compile --universal --fork-strategy fewest pyproject.toml requirements/build.in -o requirements/main.lock
compile --universal --fork-strategy fewest pyproject.toml requirements/build.in --extra analysis \
    -c requirements/main.lock -o requirements/analysis.lock
compile --universal --fork-strategy fewest pyproject.toml requirements/build.in --extra dev --extra analysis \
    -c requirements/analysis.lock -o requirements/dev.lock
compile --universal requirements/tools.in -o requirements/tools.lock
compile --universal --no-deps requirements/media.in -o requirements/media.lock

# Rasa: not --universal, which would pick a numpy without a wheel for Python 3.11. No UPGRADE either
# beyond what its own pins allow; try the dialogue tests after a change.
compile --overrides dialogue/requirements/overrides.txt dialogue/requirements/rasa.in -o dialogue/requirements/rasa.lock
compile dialogue/requirements/build.in -o dialogue/requirements/build.lock

# A robot's side of the bridge, for tests: Linux on x86-64, Python 3.11.
compile --python-platform x86_64-manylinux_2_35 --overrides requirements/ros-overrides.txt \
    requirements/ros.in -o requirements/ros.lock
compile --python-platform x86_64-manylinux_2_35 -c requirements/ros.lock \
    requirements/ros-hri.in -o requirements/ros-hri.lock

# What the detector is measured against (`make bench`): Linux on x86-64, Python 3.11.
for kind in fer mediapipe; do
    compile --python-platform x86_64-manylinux_2_28 --overrides requirements/bench-overrides.txt \
        "requirements/bench-$kind.in" -o "requirements/bench-$kind.lock"
done

# What the bridge client is measured against (`make bench-bridge`): Linux on x86-64, Python 3.11.
compile --python-platform x86_64-manylinux_2_28 requirements/bench-roslibpy.in -o requirements/bench-roslibpy.lock
