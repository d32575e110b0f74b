"""The supervisor of `make run`: migrates, registers the demo client, starts the three servers, prints their addresses."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from idp import create_app, serving
from idp.accounts import recovery
from idp.base import database
from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.config import Settings, SettingsError
from idp.demo.mailbox import create_mailbox
from idp.demo.relying_party import create_relying_party

CLIENT_ID = "demo"
PATIENCE = 30.0  # seconds for the provider to answer


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


def main() -> int:
    """Run until SIGTERM or SIGINT and return the exit status."""
    try:
        settings = Settings()
        app = create_app(settings)
    except SettingsError as error:
        print(f"idp: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    host, _, port = settings.bind.rpartition(":")
    ports = [int(port), int(port) + 1, int(port) + 2]
    taken = [number for number in ports if _is_in_use(number)]
    if taken:
        print(f"idp: port {taken[0]} is in use; stop what uses it, or set IDP_BIND.", file=sys.stderr)  # noqa: T201
        return 1
    home, mailbox = (f"http://127.0.0.1:{number}" for number in ports[1:])
    serving.prepare(app)
    logging.getLogger().setLevel(logging.WARNING)
    secret = _register_demo_client(app, home)
    link = _bootstrap_link(app)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    app.extensions["idp.dispose"]()
    # A session of its own: Ctrl-C reaches this process alone, which then ends the provider in good order.
    with subprocess.Popen([sys.executable, "-m", "idp", "serve"], start_new_session=True) as provider:
        relying_party = create_relying_party(settings.issuer, CLIENT_ID, secret, home)
        servers = [_serve(relying_party, ports[1]), _serve(create_mailbox(app), ports[2])]
        if _wait_until_healthy(settings, provider, stopping):
            _announce(settings.issuer, home, mailbox, link)
        while provider.poll() is None and not stopping.wait(0.2):
            pass
        if provider.poll() is None:
            provider.send_signal(signal.SIGTERM)
        for server in servers:
            server.shutdown()
        status = provider.wait()
    app.extensions["idp.dispose"]()
    return 0 if stopping.is_set() else status or 1


def _announce(issuer: str, home: str, mailbox: str, link: str | None) -> None:
    lines = [
        "",
        f"  Provider            {issuer}",
        f"  Demo relying party  {home}",
        f"  Mail catcher        {mailbox}",
    ]
    if link is not None:
        lines += ["", "  Make the first administrator (this link works once):", f"  {link}"]
    print("\n".join([*lines, ""]), flush=True)  # noqa: T201 - what the command is for


def _register_demo_client(app: Flask, home: str) -> str:
    """Register the demo client, or bring its addresses and secret up to date; return its secret."""
    values: Settings = app.extensions["idp.settings"]
    path = values.data_dir / "demo_client_secret"
    metadata = Metadata(
        client_name="Demo application", redirect_uris=[f"{home}/callback"], post_logout_redirect_uris=[f"{home}/"]
    )
    secret: str | Refused | None
    with app.app_context():
        row = clients.get(CLIENT_ID)
        if row is None:
            registered = clients.register(metadata, client_id=CLIENT_ID, actor="make run")
            secret = registered[1] if isinstance(registered, tuple) else None
        else:
            clients.change(row, metadata, actor="make run")
            kept = path.read_text().strip() if path.exists() else ""
            right = kept and clients.parse(row).check_client_secret(kept)
            secret = kept if right else clients.renew_secret(row, actor="make run")
        if not isinstance(secret, str):
            raise RuntimeError("the demo client could not be registered")
        database.commit()
    _write_private(path, secret)
    return secret


def _bootstrap_link(app: Flask) -> str | None:
    with app.app_context():
        link = recovery.bootstrap_link()
        database.commit()
    return link


def _write_private(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)


def _serve(app: Flask, port: int) -> "_Server":
    server = _Server(app, port)
    server.thread.start()
    return server


class _Server:
    """A small server in a thread of this process."""

    def __init__(self, app: Flask, port: int) -> None:
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        self.thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def shutdown(self) -> None:
        """Stop and close the port."""
        self._server.shutdown()
        self._server.server_close()


def _is_in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _wait_until_healthy(settings: Settings, provider: "subprocess.Popen[bytes]", stopping: threading.Event) -> bool:
    host, _, port = settings.bind.rpartition(":")
    scheme = "https" if settings.tls_cert_file else "http"
    host = "127.0.0.1" if host in {"0.0.0.0", "::", "[::]"} else host  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and provider.poll() is None and not stopping.is_set():
        try:
            with urllib.request.urlopen(f"{scheme}://{host}:{port}/healthz", timeout=2):  # noqa: S310 - our own
                return True
        except OSError:
            time.sleep(0.05)
    return False
