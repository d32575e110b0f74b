"""The supervisor: starts `idp serve`, the demo application and the mail catcher, prints their addresses, ends them together.

`idp serve` migrates and makes the first keys. The supervisor imports the rest meanwhile, and touches the database only once the
provider answers.
"""

import contextlib
import signal
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from idp.config import Settings, SettingsError
from idp.demo.provider import Ended, Provider, locate

if TYPE_CHECKING:
    from flask import Flask

LOOPBACK = "127.0.0.1"
LAST_PORT = 65535


class Unable(Exception):
    """The demonstration cannot run; the message is for the person at the terminal."""


def main() -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    # A list, since the lock of an Event would be taken twice when a signal arrives while it is held.
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    try:
        settings = _read_settings()
        with _ports(settings) as (demo, mailbox):
            settings.load_secret()  # before two processes would each make one
            with Provider(settings) as provider:
                return _run(settings, provider, demo, mailbox, stopping)
    except (Unable, Ended, SettingsError) as problem:
        if stopping:
            return 0
        click.echo(f"idp demo: {problem}", err=True)
        return 1


def _run(
    settings: Settings,
    provider: Provider,
    demo: socket.socket,
    mailbox: socket.socket,
    stopping: list[int],
) -> int:
    from idp import create_app
    from idp.demo.client import CLIENT_ID
    from idp.demo.frame import Background
    from idp.demo.mailbox import create_mailbox
    from idp.demo.relying_party import create_relying_party

    app = create_app(settings)
    demo_url, mailbox_url = (f"http://{LOOPBACK}:{taken.getsockname()[1]}" for taken in (demo, mailbox))
    try:
        if not provider.wait(stopping):
            return 0
        secret, link = _prepare(app, settings, demo_url)
        party = create_relying_party(
            settings.issuer, CLIENT_ID, secret, demo_url, verify=_trusted_certificates(settings)
        )
        with Background(party, demo), Background(create_mailbox(app), mailbox):
            _announce(settings.issuer, demo_url, mailbox_url, link)
            while not stopping:
                provider.check()
                time.sleep(0.2)
        return 0
    finally:
        app.extensions["idp.dispose"]()


def _read_settings() -> Settings:
    """Return the settings; where only IDP_BIND is set, the issuer follows it."""
    settings = Settings()
    host, port = locate(settings)
    if not 0 < port <= LAST_PORT - 2:
        raise Unable(f"IDP_BIND must name a port from 1 to {LAST_PORT - 2}: the two after it are used as well.")
    if "issuer" in settings.model_fields_set:
        return settings
    scheme = "https" if settings.tls_cert_file else "http"
    return Settings(issuer=f"{scheme}://{host}:{port}")


@contextlib.contextmanager
def _ports(settings: Settings) -> Iterator[tuple[socket.socket, socket.socket]]:
    """See that the provider's port is free, and hold the two after it for the small applications."""
    host, _, port = settings.bind.rpartition(":")
    _take(host.strip("[]"), int(port)).close()
    with _take(LOOPBACK, int(port) + 1) as demo, _take(LOOPBACK, int(port) + 2) as mailbox:
        demo.listen()
        mailbox.listen()
        yield demo, mailbox


def _take(host: str, port: int) -> socket.socket:
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise Unable(
            f"Port {port} of {host} cannot be used: {error.strerror}. Stop what listens there, or choose another port "
            "for the provider (the next two follow it), such as IDP_BIND=127.0.0.1:7000."
        ) from None
    return taken


def _prepare(app: "Flask", settings: Settings, demo_url: str) -> tuple[str, str | None]:
    """Register the demo application; return its secret, and the first administrator's link if there is none yet."""
    from idp.accounts import recovery
    from idp.base import database
    from idp.demo import client

    with app.app_context():
        try:
            secret = client.ensure(demo_url, settings.data_dir / "demo_client_secret")
        except client.Unusable as problem:
            raise Unable(str(problem)) from None
        link = recovery.bootstrap_link()
        database.commit()
    return secret, link


def _trusted_certificates(settings: Settings) -> str | bool:
    """Return what the demo application trusts: a provider that serves HTTPS itself may have signed its own certificate."""
    return str(settings.trusted_ca_file or settings.tls_cert_file or "") or True


def _announce(provider: str, demo: str, mailbox: str, link: str | None) -> None:
    lines = [
        f"  Provider            {provider}",
        f"  Demo relying party  {demo}",
        f"  Mail catcher        {mailbox}",
    ]
    if link is not None:
        lines += ["", "  Make the first administrator (this link works once):", f"  {link}"]
    click.echo("\n".join(["", *lines, ""]))
