#!/usr/bin/env bash
# Make sure that programs are here: need.sh "what for" PACKAGE=COMMAND ...
# A missing one is installed as a Debian package when we are root or sudo asks no password;
# otherwise one line names it and the command to run, and the exit code is 1.
# The command `@venv` means: the Python in $NEED_PYTHON (default python3) can make virtual environments;
# `@lib:NAME`: it can load the shared library NAME; `@headers`: its C headers are there.
set -euo pipefail

purpose=$1
shift

present() {
    case $1 in
    @venv) "${NEED_PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ;;
    @lib:*) "${NEED_PYTHON:-python3}" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "${1#@lib:}" 2>/dev/null ;;
    @headers) "${NEED_PYTHON:-python3}" -c 'import os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

missing=()
for pair in "$@"; do
    present "${pair#*=}" || missing+=("${pair%%=*}")
done
((${#missing[@]})) || exit 0

if [[ -n ${NEED_NO_INSTALL:-} ]] || ! command -v apt-get >/dev/null; then
    may_install=false
elif [[ $(id -u) == 0 ]]; then
    as_root=()
    may_install=true
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
    may_install=true
else
    may_install=false
fi

if [[ $may_install == false ]]; then
    echo "Missing for $purpose: ${missing[*]}. Install and run make again: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

echo "Installing Debian packages for $purpose: ${missing[*]}"
log=.cache/log/apt.log
mkdir -p .cache/log
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
if ! { apt update && apt install -y --no-install-recommends "${missing[@]}"; }; then
    tail -n 20 "$log" >&2
    echo "Debian packages could not be installed: ${missing[*]} (whole output: $log); install them by hand and run make again." >&2
    exit 1
fi
for pair in "$@"; do
    if ! present "${pair#*=}"; then
        echo "Package ${pair%%=*} is installed but ${pair#*=} is still not found; check PATH and run make again." >&2
        exit 1
    fi
done
