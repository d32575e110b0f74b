#!/usr/bin/env bash
# Install the independent relying parties of tests/interop, exactly as locked, where that folder has any.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tests/interop" 2>/dev/null || exit 0
[ -f package.json ] || exit 0

stamp=node_modules/.stamp
now="$(cat package.json package-lock.json | cksum)"
[ -f "$stamp" ] && [ "$(<"$stamp")" = "$now" ] && exit 0
npm ci --no-audit --no-fund --loglevel=error </dev/null
echo "$now" >"$stamp"
