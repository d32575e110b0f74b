#!/usr/bin/env bash
# Every static check, all of them even when one fails: format, lint, types, import contracts, templates.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=()

step() { # a name, then the command; its output shows only when it fails
    local name="$1" output
    shift
    if output="$("$@" 2>&1 </dev/null)"; then
        echo "check: $name ok"
    else
        echo "check: $name FAILED: $*"
        echo "$output"
        failed+=("$name")
    fi
}

bin=.venv/bin
step format $bin/ruff format --check .
step lint $bin/ruff check .
step types $bin/mypy
step imports $bin/lint-imports
if [ -n "$(find templates -name '*.html' -print -quit 2>/dev/null)" ]; then
    step 'template format' $bin/djlint templates --check --quiet
    step 'template lint' $bin/djlint templates --lint --quiet
fi
[ "${#failed[@]}" = 0 ]
