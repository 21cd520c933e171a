#!/usr/bin/env bash
# Build one environment from its hash lock, or do nothing when it is already built from it:
#   make_env.sh tools   .tools      pip and uv
#   make_env.sh main    .venv       what `tutorbot` runs in
#   make_env.sh analysis .venv      the same and what `affect fit`, `report-card` and `annotate` need
#   make_env.sh dev     .venv       all of that and the test tools
#   make_env.sh rasa    .venv-rasa  Rasa Open Source, Python 3.11
#   make_env.sh ros     .venv-ros   a real ROS 2 and rosbridge for the tests, Python 3.11
#   make_env.sh ros-hri .venv-ros-hri  the same and interfaces, compiled (a robot's own, tests/ros/interfaces; the tutor's)
#   make_env.sh bench-fer, bench-mediapipe  .venv-bench-...  what the detector is measured against, Python 3.11
#   make_env.sh bench-roslibpy  .venv-bench-roslibpy  what the bridge client is measured against, Python 3.11
# The stamp is taken away first and written last: an interrupted build is started afresh.
set -euo pipefail
kind=$1
export UV_PYTHON_DOWNLOADS=never

# Comments do not count: a lock whose reasons are told otherwise is the same lock.
key_of() { cat "$@" | grep -v '^ *#' | { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; } | cut -c1-32; }
uv() { .tools/bin/uv --quiet "$@"; }

main_key=$(key_of requirements/main.lock pyproject.toml)
analysis_key=$(key_of requirements/analysis.lock pyproject.toml)
dev_key=$(key_of requirements/dev.lock pyproject.toml)
case $kind in
tools) venv=.tools key=$(key_of requirements/tools.lock) lock=requirements/tools.lock versions=(3.11 3.12 3.13) ;;
main) venv=.venv key=$main_key lock=requirements/main.lock versions=(3.11 3.12 3.13) ;;
analysis) venv=.venv key=$analysis_key lock=requirements/analysis.lock versions=(3.11 3.12 3.13) ;;
dev) venv=.venv key=$dev_key lock=requirements/dev.lock versions=(3.11 3.12 3.13) ;;
rasa) venv=.venv-rasa key=$(key_of dialogue/requirements/*.lock) lock=dialogue/requirements/rasa.lock versions=(3.11) ;;
ros) venv=.venv-ros key=$(key_of requirements/ros.lock scripts/mend_ros.sh) lock=requirements/ros.lock versions=(3.11) ;;
ros-hri)
    venv=.venv-ros-hri lock=requirements/ros-hri.lock versions=(3.11)
    key=$(key_of requirements/ros.lock "$lock" scripts/mend_ros.sh scripts/compile_interfaces.py \
        tests/ros/interfaces/*/*/* tutorbot/adapters/ros/interfaces/*/{msg/*,*.txt,*.xml} \
        <(ls tests/ros/interfaces/*/*/* tutorbot/adapters/ros/interfaces/*/*))
    ;;
bench-fer | bench-mediapipe | bench-roslibpy) venv=.venv-$kind lock=requirements/$kind.lock key=$(key_of "requirements/$kind.lock") versions=(3.11) ;;
*)
    echo "make_env.sh knows tools, main, analysis, dev, rasa, ros, ros-hri, bench-fer, bench-mediapipe and bench-roslibpy, not '$kind'." >&2
    exit 2
    ;;
esac

stamp=$venv/.built-from
built=$(cat "$stamp" 2>/dev/null || true)
if "$venv/bin/python" -c '' 2>/dev/null; then
    # The larger environments hold all that the smaller ones do.
    larger=("$kind $key")
    case $kind in
    main) larger+=("analysis $analysis_key" "dev $dev_key") ;;
    analysis) larger+=("dev $dev_key") ;;
    esac
    for one in "${larger[@]}"; do
        if [[ $built == "$one" ]]; then exit 0; fi
    done
else
    built=
fi

if ! command -v "${PYTHON:-python3}" >/dev/null; then
    scripts/need.sh "everything here" python3=python3 python3-venv=@venv
fi
case $kind in
rasa) export PYTHON=${PYTHON_RASA:-} ;;
ros*) export PYTHON=${PYTHON_ROS:-} ;;
bench-*) export PYTHON=${PYTHON_BENCH:-} ;;
esac
if [[ $kind == ros* && $(uname -sm) != "Linux x86_64" ]]; then
    echo "The real ROS 2 of the tests is for Linux on x86_64, not for $(uname -sm); leave its tests out: .venv/bin/pytest -m 'not ros'." >&2
    exit 1
fi
python=$(scripts/find_python.sh "${versions[@]}")
echo "Building $venv from $lock with $python"
rm -f "$stamp"
case $kind in
tools)
    NEED_PYTHON=$python scripts/need.sh "the virtual environments" python3-venv=@venv
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    ;;
main | analysis | dev)
    # A finished environment is brought up to date; an unfinished one is not trusted.
    if [[ -z $built ]]; then uv venv --clear --python "$python" "$venv"; fi
    uv pip sync --require-hashes --compile-bytecode --python "$venv/bin/python" "$lock"
    uv pip install --no-deps --no-build-isolation --python "$venv/bin/python" -e .
    ;;
rasa)
    uv venv --clear --python "$python" "$venv"
    uv pip install --no-deps --require-hashes --compile-bytecode --python "$venv/bin/python" \
        --build-constraints dialogue/requirements/build.lock -r "$lock"
    ;;
ros)
    uv venv --clear --python "$python" "$venv"
    if ! uv pip install --no-deps --no-build --require-hashes --compile-bytecode --python "$venv/bin/python" -r "$lock"; then
        echo "The real ROS 2 of the tests could not be installed from $lock (why: above); try again, or leave its tests out: .venv/bin/pytest -m 'not ros'." >&2
        exit 1
    fi
    scripts/mend_ros.sh "$venv"
    ;;
ros-hri)
    NEED_PYTHON=$python scripts/need.sh "compiling a robot's interfaces" cmake=cmake ninja-build=ninja g++=g++ libpython3.11-dev=@headers
    uv venv --clear --python "$python" "$venv"
    # copied, not linked to uv's cache, because the compiler's files are mended in place; empy has no wheel
    for one in requirements/ros.lock "$lock"; do
        uv pip install --no-deps --require-hashes --no-build-isolation --link-mode copy --compile-bytecode \
            --python "$venv/bin/python" -r "$one"
    done
    scripts/mend_ros.sh "$venv"
    "$venv/bin/python" scripts/compile_interfaces.py "$venv" tests/ros/interfaces tutorbot/adapters/ros/interfaces
    ;;
bench-*)
    uv venv --clear --python "$python" "$venv"
    uv pip install --no-deps --no-build --require-hashes --compile-bytecode --python "$venv/bin/python" -r "$lock"
    ;;
esac
echo "$kind $key" >"$stamp"
