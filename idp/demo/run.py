"""The supervisor: starts `idp serve` (or `names`), the demo application and the mail catcher, prints their addresses, ends them together.

`idp serve` migrates and makes the first keys. The supervisor imports the rest meanwhile, and touches the database only once the
provider answers.
"""

import contextlib
import signal
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from idp.config import Settings, SettingsError
from idp.demo import names
from idp.demo.provider import Ended, Provider, locate

if TYPE_CHECKING:
    from flask import Flask

LOOPBACK = "127.0.0.1"
LAST_PORT = 65535
PROVIDERS = {1: ("idp", "serve"), 2: ("idp.demo.names",)}  # by the number of names


class Unable(Exception):
    """The demonstration cannot run; the message is for the person at the terminal."""


def main() -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    # A list, since the lock of an Event would be taken twice when a signal arrives while it is held.
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    try:
        settings, hosts = _read_settings()
        with _ports(settings) as (demo, mailbox):
            settings.load_secret()  # before two processes would each make one
            with Provider(settings, PROVIDERS[len(hosts)]) as provider:
                return _run(settings, hosts, provider, demo, mailbox, stopping)
    except (Unable, Ended, SettingsError) as problem:
        if stopping:
            return 0
        click.echo(f"idp demo: {problem}", err=True)
        return 1


def _run(
    settings: Settings,
    hosts: list[str],
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
    homes = [f"http://{host}:{demo.getsockname()[1]}" for host in hosts]
    mailbox_url = f"http://{hosts[0]}:{mailbox.getsockname()[1]}"
    try:
        if not provider.wait(stopping):
            return 0
        secret, link = _prepare(app, settings, homes)
        verify = _trusted_certificates(settings)
        issuers = [settings.issuer, *(names.renamed(settings.issuer, host) for host in hosts[1:])]
        first, *others = (
            create_relying_party(issuer, CLIENT_ID, secret, home, verify=verify)
            for issuer, home in zip(issuers, homes, strict=True)
        )
        party = names.by_host({urlsplit(home).netloc: app for home, app in zip(homes[1:], others, strict=True)}, first)
        with Background(party, demo), Background(create_mailbox(app), mailbox):
            _announce(issuers, homes[0], mailbox_url, link)
            while not stopping:
                provider.check()
                time.sleep(0.2)
        return 0
    finally:
        app.extensions["idp.dispose"]()


def _read_settings() -> tuple[Settings, list[str]]:
    """Return the settings, and under which names of this machine everything answers, the one for people first.

    Where no issuer is set it follows IDP_BIND; on loopback it is `localhost`, where passkeys work, if that name is ours.
    """
    settings = Settings()
    host, port = locate(settings)
    if not 0 < port <= LAST_PORT - 2:
        raise Unable(f"IDP_BIND must name a port from 1 to {LAST_PORT - 2}: the two after it are used as well.")
    if "issuer" in settings.model_fields_set:
        return settings, [LOOPBACK]
    if host == LOOPBACK and settings.tls_cert_file is None and names.is_ours(port, port + 1, port + 2):
        return Settings(issuer=f"http://{names.NAME}:{port}"), [names.NAME, LOOPBACK]
    scheme = "https" if settings.tls_cert_file else "http"
    return Settings(issuer=f"{scheme}://{host}:{port}"), [LOOPBACK]


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


def _prepare(app: "Flask", settings: Settings, homes: list[str]) -> tuple[str, str | None]:
    """Register the demo application; return its secret, and the first administrator's link if there is none yet."""
    from idp.accounts import founding
    from idp.base import database
    from idp.demo import client

    with app.app_context():
        try:
            secret = [client.ensure(home, settings.data_dir / "demo_client_secret") for home in homes][-1]
        except client.Unusable as problem:
            raise Unable(str(problem)) from None
        link = founding.bootstrap_link()
        database.commit()
    return secret, link


def _trusted_certificates(settings: Settings) -> str | bool:
    """Return what the demo application trusts: a provider that serves HTTPS itself may have signed its own certificate."""
    return str(settings.trusted_ca_file or settings.tls_cert_file or "") or True


def _announce(issuers: list[str], demo: str, mailbox: str, link: str | None) -> None:
    also = [f"  (also {issuer}, without passkeys)" for issuer in issuers[1:]]
    lines = [
        f"  Provider            {''.join([issuers[0], *also])}",
        f"  Demo relying party  {demo}",
        f"  Mail catcher        {mailbox}",
    ]
    if link is not None:
        lines += ["", "  Make the first administrator (this link works once):", f"  {link}"]
    click.echo("\n".join(["", *lines, ""]))
