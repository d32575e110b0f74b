"""A provider with an https issuer and an address for certificates, behind a proxy, for all modules of a file."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from idp import create_app
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Person
from tests.spec.oidf.conftest import DETAILS, ISSUER
from tests.spec.oidf.fapi import party
from tests.spec.oidf.fapi.party import Party
from tests.spec.oidf.fapi.plans import Variant
from tests.spec.oidf.suite import Published
from tests.spec.rfc8705.issuing import HOST, Authority
from tests.support import postgres

Parties = Callable[[Variant], tuple[Party, Party]]


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whom the operator trusts."""
    return Authority()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def provider(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Published]:
    """The provider; a proxy in front tells certificates."""
    data_dir = tmp_path_factory.mktemp("fapi")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), data_dir / "idp.db")
        url = sqlite_url(data_dir)
    else:
        url = request.getfixturevalue("_postgres_database")
        postgres.truncate(url)
    (data_dir / "authorities.pem").write_bytes(authority.pem)
    mtls = {"mtls_url": f"https://{HOST}", "mtls_ca_file": data_dir / "authorities.pem", "trusted_proxies": 1}
    app = create_app(make_settings(data_dir, url, issuer=ISSUER, **mtls))
    app.config.update(SERVER_NAME=ISSUER.removeprefix("https://"), PREFERRED_URL_SCHEME="https")
    try:
        yield Published(app)
    finally:
        dispose(app)


@pytest.fixture(scope="module")
def person(provider: Published) -> Person:
    """Somebody of whom every standard claim is known, and who may read the HTTP API, which is the resource without OpenID Connect."""
    names = {"given_name": "Ann", "family_name": "Archer", "username": "ann", "is_admin": True}
    return provider.person(**names, picture="https://people.example/ann.png", details=DETAILS)


@pytest.fixture(scope="module")
def parties(provider: Published, authority: Authority) -> Parties:
    """Return what gives the two clients of a variant: registered once, as a plan has them."""

    @cache
    def find(variant: Variant) -> tuple[Party, Party]:
        first, second = (party.register(provider, variant, authority, number) for number in (1, 2))
        return first, second

    return find
