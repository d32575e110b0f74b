#!/usr/bin/env bash
# Install Debian packages: `.ci/apt.sh PACKAGE...`. Root only; asks nothing.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
echo "setup: apt-get install $*" >&2
apt-get update -qq || echo "setup: apt-get update failed; trying with the lists at hand" >&2
apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2
