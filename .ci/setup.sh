#!/usr/bin/env bash
# Bring .venv up to date with a lock file: `.ci/setup.sh run` (what serves) or `.ci/setup.sh dev` (what tests, too).
#
# Needs python3 (3.11 or later) alone. Every package is checked against the hashes in requirements/. Stamps in .venv
# hold a checksum of what was installed, so that a second call ends at once. PYTHON chooses another interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted="${1:-run}"
case "$wanted" in
    run | dev) ;;
    *) echo "usage: .ci/setup.sh [run|dev]" >&2; exit 2 ;;
esac
python="${PYTHON:-python3}"

sum() { # checksum of the named files and of this place: a moved clone needs a new .venv
    if command -v sha256sum >/dev/null; then
        { echo "$PWD"; cat "$@"; } | sha256sum
    else
        { echo "$PWD"; cat "$@"; } | shasum -a 256
    fi
}
is_stamped() { [ -f ".venv/.stamp-$1" ] && [ "$(<".venv/.stamp-$1")" = "$2" ]; }
say() { echo "setup: $*" >&2; }

run_sum="$(sum requirements/run.txt setup.cfg pyproject.toml)"
dev_sum="$(sum requirements/dev.txt setup.cfg pyproject.toml)"
is_done() {
    [ -x .venv/bin/python ] && is_stamped run "$run_sum" && { [ "$wanted" = run ] || is_stamped dev "$dev_sum"; }
}
is_done && exit 0

# Two calls at once (two terminals, a Makefile with -j) wait for one another, where the system can lock.
if command -v flock >/dev/null; then
    mkdir -p .cache
    exec 9>.cache/setup.lock
    flock 9
    is_done && exit 0
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Python 3.11 or later is needed; '$python' is missing or older. Name another one: make setup PYTHON=python3.12"
    exit 1
fi

# A .venv that a moved clone brought along still names the old place in its scripts: that one is made anew.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 || ! grep -qsF "$PWD/.venv/bin/python" .venv/bin/pip; then
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            .ci/apt.sh python3-venv
        else
            say "this Python cannot make virtual environments. Install it: sudo apt-get install python3-venv"
            exit 1
        fi
    fi
    "$python" -m venv .venv
fi

# uv installs five times faster than pip. It comes from the lock as well; where it cannot be had, or where pip is
# set to an index of the house (which uv does not read), pip does everything.
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input)
fast=no
pip_settings="$("${pip[@]}" config list 2>/dev/null || true)"
if [[ "$pip_settings" != *index-url* && "$pip_settings" != *no-index* ]]; then
    if [ -x .venv/bin/uv ]; then
        fast=yes
    else
        mkdir -p .cache
        awk '/^[^ #]/ { mine = ($0 ~ /^uv==/) } mine && !/#/' requirements/dev.txt >.cache/uv.txt
        "${pip[@]}" install --quiet --no-deps --only-binary :all: --require-hashes -r .cache/uv.txt && fast=yes
    fi
fi

install() { # arguments as both `pip install` and `uv pip install` take them
    if [ "$fast" = yes ]; then
        VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet --compile-bytecode "$@" && return
        say "uv could not install; trying pip"
        fast=no
    fi
    "${pip[@]}" install --quiet "$@"
}

rm -f .venv/.stamp-run .venv/.stamp-dev
say "installing requirements/$wanted.txt"
install --require-hashes -r "requirements/$wanted.txt"
install --no-deps --no-build-isolation --editable .

# dev.txt holds every line of run.txt, so that it satisfies both.
echo "$run_sum" >.venv/.stamp-run
if [ "$wanted" = dev ]; then
    echo "$dev_sum" >.venv/.stamp-dev
fi
