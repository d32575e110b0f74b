"""Sign-out notices leave by `idp worker`, at once and in a lane of their own: a client that does not answer holds up no mail."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from idp import mail
from idp.config import Settings
from tests.base.fetch.host import Host, running
from tests.conftest import SECRET_KEY
from tests.factories import Client, Person, Provider
from tests.spec.oidc_backchannel_logout.conftest import heard
from tests.support.serving import IDP
from tests.support.smtp import SmtpServer

SOON = 5.0  # seconds; the worker looks every second, and the machine may be busy


@contextmanager
def worker(settings: Settings, **environment: str) -> Iterator[None]:
    """Run `idp worker` on the database of these settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")} | {
        "IDP_DATA_DIR": str(settings.data_dir),
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_SECRET_KEY": SECRET_KEY,
        "IDP_ALLOW_PRIVATE_FETCH": "true",
    }
    with subprocess.Popen([IDP, "worker"], env=own | environment, cwd=settings.data_dir) as process:
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(20) == 0


def sign_in_and_out(provider: Provider, person: Person, client: Client) -> None:
    """Use a client in a browser of its own, and sign out."""
    browser = provider.browser(person)
    provider.grant(client, browser)
    browser.sign_out()


def wait_for(what: Callable[[], object], seconds: float) -> None:
    """Wait until something is so."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < seconds
        time.sleep(0.05)


def test_a_client_that_does_not_answer_holds_up_nobody(
    settings: Settings, provider: Provider, ann: Person, shop: Client, host: Host, smtp_server: SmtpServer
) -> None:
    """While two clients keep the worker waiting, mails and the notices of others leave within moments; it needs no mail server."""
    with running() as silent, running() as mute:
        for dead in (silent, mute):
            dead.reply = dead.keep_silent
            client = provider.client(first_party=True, backchannel_logout_uri=f"{dead.url}/backchannel?tenant=7")
            sign_in_and_out(provider, ann, client)
        with worker(settings, IDP_MAIL_SERVER=smtp_server.host, IDP_MAIL_PORT=str(smtp_server.port)):
            wait_for(lambda: silent.asked and mute.asked, 30)
            sign_in_and_out(provider, ann, shop)
            with provider.working():
                mail.reset_password(mail.Counted(ann.email), link="https://id.example.com/", code="123456")
            start = time.monotonic()
            wait_for(lambda: heard(host), SOON)
            smtp_server.wait_for(1)
            assert time.monotonic() - start < SOON
            assert len(silent.asked) == len(mute.asked) == 1  # which are waited for still
            silent.ended.set()
            mute.ended.set()


def test_notices_need_no_mail_server(
    settings: Settings, provider: Provider, ann: Person, shop: Client, host: Host
) -> None:
    """Without IDP_MAIL_SERVER mails wait, and notices leave."""
    sign_in_and_out(provider, ann, shop)
    with worker(settings):
        wait_for(lambda: heard(host), 30)
