#!/usr/bin/env bash
# See that what the tests start is on the machine: Chromium, PostgreSQL, PgBouncer, Redis, and for the interop suites npm, nginx and Apache's program
# with mod_auth_openidc (the program alone: no service is set up, and nothing listens).
#
# What is absent is installed by apt when root, and named otherwise (exit 1).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

has() { command -v "$1" >/dev/null; }
has_postgres() { has initdb && has postgres || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

missing=()
has chromium || has chromium-browser || has google-chrome || missing+=(chromium)
has_postgres || missing+=(postgresql)
has redis-server || missing+=(redis-server)
has pgbouncer || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer)
if [ -f tests/interop/package.json ]; then
    has node || missing+=(nodejs)
    has npm || missing+=(npm)
    [ -f /usr/lib/apache2/modules/mod_auth_openidc.so ] || missing+=(libapache2-mod-auth-openidc)
    has nginx || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
    [ -f /usr/lib/nginx/modules/ngx_http_js_module.so ] || missing+=(libnginx-mod-http-js)
fi
[ "${#missing[@]}" = 0 ] && exit 0

if [ "$(id -u)" = 0 ] && has apt-get; then
    exec .ci/apt.sh "${missing[@]}"
fi
echo "The tests need programs that are not here: ${missing[*]}." >&2
echo "Install them, for example: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
exit 1
