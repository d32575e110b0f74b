"""One provider with an https issuer for all modules of a file, one fully described person, and the suite's web server."""

import shutil
from collections.abc import Iterator

import pytest

from idp import create_app
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Person
from tests.spec.oidf import host as hosts
from tests.spec.oidf.host import Host
from tests.spec.oidf.suite import Published
from tests.support import postgres

ISSUER = "https://idp.example"
DETAILS = {
    "middle_name": "Mary",
    "nickname": "Annie",
    "profile": "https://people.example/ann",
    "website": "https://ann.example",
    "gender": "female",
    "birthdate": "1990-04-01",
    "zoneinfo": "Europe/Berlin",
    "locale": "en-GB",
    "phone_number": "+49 30 1234567",
    "address": {
        "formatted": "1 High Street\nBerlin\n10115\nDE",
        "street_address": "1 High Street",
        "locality": "Berlin",
        "region": "Berlin",
        "postal_code": "10115",
        "country": "DE",
    },
}


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """The suite's web server."""
    with hosts.running() as host:
        yield host


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The provider, open to registrations; with the legacy response types where the module's `IS_LEGACY` says so."""
    data_dir = tmp_path_factory.mktemp("oidf")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), data_dir / "idp.db")
        url = sqlite_url(data_dir)
    else:
        url = request.getfixturevalue("_postgres_database")
        postgres.truncate(url)
    settings = make_settings(
        data_dir,
        url,
        issuer=ISSUER,
        registration="open",
        allow_private_fetch=True,
        legacy_response_types=request.module.IS_LEGACY,
    )
    app = create_app(settings)
    app.config.update(SERVER_NAME=ISSUER.removeprefix("https://"), PREFERRED_URL_SCHEME="https")
    try:
        yield Published(app)
    finally:
        dispose(app)


@pytest.fixture(scope="module")
def person(provider: Published) -> Person:
    """Somebody of whom every standard claim is known."""
    names = {"given_name": "Ann", "family_name": "Archer", "username": "ann"}
    return provider.person(**names, picture="https://people.example/ann.png", details=DETAILS)
