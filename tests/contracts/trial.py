"""Trials of a running server by its own description: schemathesis makes requests, good and bad ones, and judges the answers.

No answer may be a surprise (5xx), a status that is not described, another media type, or a body with other members than described.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contracts import description
from tests.contracts.conftest import OpenHouse
from tests.contracts.house import ADMIN_KEY, House
from tests.contracts.oauth_provider.application import register
from tests.factories import PASSWORD
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@contextmanager
def open_tried(open_own: OpenHouse, backend: str) -> Iterator[House]:
    """Start a server whose other providers all answer, so that none of its answers has to be a 503."""
    with stand_in.running() as stand:
        settings = {"IDP_GITHUB_URL": stand.url, "IDP_GITHUB_API_URL": stand.url, "IDP_42_URL": stand.url}
        settings |= {"IDP_GOOGLE_ISSUER": stand.url, "IDP_ALLOW_PRIVATE_FETCH": "true"}
        for prefix in ("IDP_GOOGLE", "IDP_GITHUB", "IDP_42"):
            settings |= {f"{prefix}_CLIENT_ID": CLIENT_ID, f"{prefix}_CLIENT_SECRET": CLIENT_SECRET}
        with open_own(backend, **settings) as house:
            yield house


def run(house: House, directory: Path, *options: str) -> float:
    """Try a server with these options of `schemathesis run`, as somebody who may do everything; return the CPU seconds it took.

    Raises:
        AssertionError: with what schemathesis found, and how to send it again.
    """
    document = house.caller().get("/openapi.json").json()
    path, settings = directory / "openapi.json", directory / "schemathesis.toml"
    path.write_text(json.dumps(description.close(document)))
    settings.write_text(_credentials(house))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(SCHEMATHESIS), "--config-file", str(settings), "run", str(path), "--url", house.url]
    command += ["--checks", ",".join(CHECKS), "--continue-on-failure", "--warnings", "off", "--no-color"]
    done = subprocess.run(
        [*command, *options],
        cwd=directory,
        env=os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(directory)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, f"{done.stdout[-20_000:]}\n{done.stderr[-2000:]}\n{house.server.log()[-4000:]}"
    assert "unexpected error" not in house.server.log()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _credentials(house: House) -> str:
    """Return schemathesis' settings: what proves somebody, for each security scheme."""
    app, person, http = register(house), house.member(), house.caller()
    bearer = http.post("/auth/token/", {"username": person.username, "password": PASSWORD}).json()["access_token"]
    cookies = http.post("/auth/login", {"email": person.email, "password": PASSWORD}).cookies
    known = {
        "bearer": {"bearer": bearer},
        "basic": {"username": app.client_id, "password": app.secret},
        "admin_key": {"api_key": ADMIN_KEY},
        "refreshToken": {"api_key": cookies["refreshToken"]},
    }
    lines = []
    for scheme, values in known.items():
        lines += [f"[auth.openapi.{scheme}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
    return "\n".join(lines)
