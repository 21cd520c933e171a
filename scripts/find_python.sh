#!/usr/bin/env bash
# Print the path of the first working Python among the versions named: find_python.sh 3.11 3.12
# With PYTHON set, only that one is looked at. Exit 1 and one line on stderr when there is none.
set -euo pipefail

# The interpreter behind a virtual environment, so that an active one does not become our base.
probe='import sys
if "%d.%d" % sys.version_info[:2] in sys.argv[1:]:
    print(getattr(sys, "_base_executable", "") or sys.executable)'

candidates=()
if [[ -n ${PYTHON:-} ]]; then
    candidates=("$PYTHON")
else
    for version in "$@"; do candidates+=("python$version"); done
    candidates+=(python3 python)
fi

for candidate in "${candidates[@]}"; do
    path=$(command -v "$candidate") || continue
    found=$("$path" -c "$probe" "$@" 2>/dev/null) || continue
    if [[ -n $found ]]; then
        echo "$found"
        exit 0
    fi
done

if [[ -z ${PYTHON:-} && -x .tools/bin/uv ]]; then
    for version in "$@"; do
        if .tools/bin/uv python find --system --no-python-downloads "$version" 2>/dev/null; then exit 0; fi
    done
fi

if [[ -n ${PYTHON:-} ]]; then
    echo "$PYTHON is not a working Python of version $*; name another one, e.g. \`make PYTHON=/usr/bin/python3.11 ...\`." >&2
else
    echo "No Python of version $* found; install one (Debian 12: apt-get install python3 python3-venv; elsewhere pyenv or \`uv python install $1\`) and run make again." >&2
fi
exit 1
