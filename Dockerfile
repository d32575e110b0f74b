# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /app/.venv
# Dependencies first, checked by hash: this layer stays cached until the lock changes.
COPY requirements/run.txt requirements/run.txt
RUN .venv/bin/pip install --require-hashes -r requirements/run.txt
# Editable, so that templates, static files and migrations are found beside the package.
COPY setup.cfg pyproject.toml README.md LICENSE wsgi.py ./
COPY idp idp
COPY templates templates
COPY static static
COPY migrations migrations
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q idp migrations wsgi.py

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin gatehouse \
    && install -d -o gatehouse -g gatehouse -m 700 /data
# The code belongs to root: the server cannot change it.
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    IDP_DATA_DIR=/data \
    IDP_BIND=0.0.0.0:5000
USER gatehouse
VOLUME /data
EXPOSE 5000
STOPSIGNAL SIGTERM
# The certificate is not checked: it names the issuer, not the loopback address asked here.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "\
import os, ssl, urllib.request as r; \
scheme = 'https' if os.environ.get('IDP_TLS_CERT_FILE') else 'http'; \
port = os.environ['IDP_BIND'].rpartition(':')[2]; \
r.urlopen(f'{scheme}://127.0.0.1:{port}/healthz', timeout=4, context=ssl._create_unverified_context())"]
CMD ["idp", "serve"]
