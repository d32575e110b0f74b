"""What the tests of relying parties share: a provider, a client there, a program that is the relying party, and one way through both."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey
from playwright.sync_api import Page

from tests.support import services
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

HERE = Path(__file__).parent
EMAIL, PASSWORD = "ann@example.com", "correct horse battery"


@dataclass
class Party:
    """Where a relying party is to be, and the client that it is at the provider."""

    provider: RunningServer
    port: int
    home: str
    directory: Path
    client: dict[str, Any] = field(default_factory=dict)

    def register(self, *options: str) -> None:
        """Make the client, with these options of `idp client create`."""
        self.client = json.loads(self.provider.idp("client", "create", "--name", "Interop", *options))

    def make_key(self) -> tuple[dict[str, Any], Path]:
        """Return a new private key as a JWK, and the file of the key set that has its public half."""
        key = ECKey.generate_key("P-256", parameters={"kid": "interop", "alg": "ES256", "use": "sig"})
        public = self.directory / "jwks.json"
        public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        return {**key.as_dict(private=True), "kid": "interop"}, public

    @contextmanager
    def running(self, command: Sequence[str | Path], **more: str) -> Iterator[None]:
        """Run the relying party while the block lasts; what it logged is added to whatever goes wrong.

        Its environment says where the provider is, who the client is and where it is to listen, and `more`.
        """
        with (self.directory / "party.log").open("wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment(more),
                start_new_session=True,
            )
        try:
            self._wait(process)
            yield
        except BaseException as problem:
            for log in sorted(self.directory.glob("*.log")):
                problem.add_note(f"The relying party's {log.name}:\n{log.read_text(errors='replace')[-8000:]}")
            raise
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return what the relying party is told of the provider, its client and itself, and `more`."""
        known = {
            "ISSUER": self.provider.url,
            "CLIENT_ID": self.client["client_id"],
            "HOME_URL": self.home,
            "PORT": str(self.port),
            "NO_PROXY": "127.0.0.1",  # a proxy does not lead to a provider on loopback
        }
        if secret := self.client.get("client_secret"):
            known["CLIENT_SECRET"] = secret
        return {**os.environ, **known, **more}

    def _wait(self, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while services.is_free(self.port):
            assert process.poll() is None, f"the relying party ended with status {process.returncode}"
            assert time.monotonic() < deadline, f"the relying party did not listen within {seconds} s"
            time.sleep(0.05)


@contextmanager
def provider(directory: Path, **settings: object) -> Iterator[Party]:
    """Run a provider that knows one person, and yield a relying party that is still to be registered and started."""
    port = services.free_port()
    with serve({"IDP_WORKERS": "2", **settings}) as server:
        server.idp("user", "create", "--email", EMAIL, "--password-stdin", "--verified", stdin=PASSWORD)
        yield Party(server, port, f"http://127.0.0.1:{port}", directory)


def sign_in(page: Page, *, consent: bool = False) -> None:
    """Sign the person in on the provider's page, and agree where they are asked."""
    page.fill("#username", EMAIL)
    page.fill("#password", PASSWORD)
    page.click("#signin-submit")
    if consent:
        page.click("#consent-allow")


def walk(
    chromium: Chromium, directory: Path, program: str, authentication: str, algorithm: str = "RS256"
) -> dict[str, Any]:
    """Take a browser through sign-in, refresh and sign-out at a relying party whose pages answer JSON; return what it learnt.

    Args:
        program: file beside this one: `/` asks the provider, `/callback` answers what was learnt, `/goodbye` is back again.
        authentication: how the client authenticates; `none` is a public client, which needs consent, the others are first-party.
        algorithm: that of the ID token.
    """
    is_public = authentication == "none"
    with provider(directory) as party:
        options = ["--public"] if is_public else ["--first-party"]
        more = {"ALGORITHM": algorithm}
        if authentication == "private_key_jwt":
            private_key, public = party.make_key()
            more["PRIVATE_KEY"] = json.dumps(private_key)
            options += ["--auth-method", authentication, "--jwks-file", str(public)]
        party.register(
            *options, "--id-token-alg", algorithm, "--redirect-uri", f"{party.home}/callback",
            "--post-logout-redirect-uri", f"{party.home}/goodbye",
        )  # fmt: skip
        runner = "node" if program.endswith(".mjs") else sys.executable
        with party.running([runner, HERE / program], **more), chromium.page() as page:
            page.goto(party.home)
            sign_in(page, consent=is_public)
            page.wait_for_url(f"{party.home}/**")
            learnt: dict[str, Any] = json.loads(page.inner_text("body"))
            assert "error" not in learnt, learnt
            _check(learnt, party, rotated=is_public)
            page.goto(learnt["logout"])
            assert json.loads(page.inner_text("body"))["path"].startswith("/goodbye?state=")
            page.goto(party.home)
            page.wait_for_selector("#signin-submit")
            return learnt


def _check(learnt: dict[str, Any], party: Party, *, rotated: bool) -> None:
    claims, userinfo = learnt["claims"], learnt["userinfo"]
    assert (claims["iss"], claims["aud"]) == (party.provider.url, party.client["client_id"])
    assert claims["amr"] == ["pwd"]
    assert (userinfo["sub"], userinfo["email"]) == (claims["sub"], EMAIL)
    assert learnt["rotated"] is rotated
