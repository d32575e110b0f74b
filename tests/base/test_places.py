"""Where things are: addresses that others inject, SQLite's file, where the server listens. What is wrong is one sentence."""

import socket
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from idp.config import Settings, SettingsError, checks, injected, listening
from tests.support.certificates import make_certificate

# What Kubernetes puts into the environment of a pod for Services called idp, idp-web and idp-mail, one of them with IPv6.
KUBERNETES = {
    "IDP_SERVICE_HOST": "10.96.12.7",
    "IDP_SERVICE_PORT": "5000",
    "IDP_SERVICE_PORT_HTTP": "5000",
    "IDP_SERVICE_PORT_HTTP_ADMIN2": "5001",
    "IDP_PORT": "tcp://10.96.12.7:5000",
    "IDP_PORT_5000_TCP": "tcp://10.96.12.7:5000",
    "IDP_PORT_5000_TCP_PROTO": "tcp",
    "IDP_PORT_5000_TCP_PORT": "5000",
    "IDP_PORT_5000_TCP_ADDR": "10.96.12.7",
    "IDP_PORT_53_UDP": "udp://10.96.12.7:53",
    "IDP_PORT_53_UDP_PROTO": "udp",
    "IDP_WEB_SERVICE_HOST": "fd00:10:96::1",
    "IDP_WEB_SERVICE_PORT": "80",
    "IDP_WEB_PORT": "tcp://[fd00:10:96::1]:80",
    "IDP_WEB_PORT_80_TCP": "tcp://[fd00:10:96::1]:80",
    "IDP_WEB_PORT_80_TCP_ADDR": "fd00:10:96::1",
    "IDP_MAIL_SERVICE_HOST": "10.96.12.8",
    "IDP_MAIL_PORT": "tcp://10.96.12.8:25",
    "IDP_MAIL_PORT_25_TCP": "tcp://10.96.12.8:25",
}
DOCKER = {
    "IDP_PORT": "tcp://172.17.0.5:5000",
    "IDP_PORT_5000_TCP": "tcp://172.17.0.5:5000",
    "IDP_NAME": "/web/idp",
    "IDP_ENV_PYTHON_VERSION": "3.13.1",
    "IDP_DB_PORT": "tcp://172.17.0.6:5432",
    "IDP_DB_NAME": "/idp/idp-db",
    "IDP_DB_ENV_POSTGRES_PASSWORD": "secret",
}
TYPOS = {
    "IDP_PROT": "tcp://10.96.12.7:5000",
    "IDP_PORT": "5000",
    "IDP_PORTS": "tcp://10.96.12.7:5000",
    "IDP_MAIL_PORTS": "25",
    "IDP_SERVICE_HOST": "id.example.com",
    "IDP_SERVICE_PORT": "http",
    "IDP_SERVICE_HOSTNAME": "10.96.12.7",
    "IDP_PORT_5000_TCP": "5000",
    "IDP_PORT_5000_TCP_PROTO": "udp",
    "IDP_PORT_HTTP_TCP": "tcp://10.96.12.7:5000",
    "IDP_MAIL_SERVICE": "10.96.12.7",
    "IDP_ENV_PYTHON_VERSION": "3.13.1",
    "IDP_DB_NAME": "/idp/idp-db",
    "IDP_TYPO": "tcp://10.96.12.7:5000",
}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("environment", [KUBERNETES, DOCKER], ids=["kubernetes", "docker"])
def test_what_is_injected_for_services_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    """Variables of Kubernetes' Services and Docker's links of our name boot, and none of them becomes a setting."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings() == Settings(bind="127.0.0.1:5000", mail_port=25)


def test_an_injected_variable_does_not_hide_what_the_operator_wrote(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A setting in `.env` counts although Kubernetes has put a variable of the same name into the environment."""
    (tmp_path / ".env").write_text("IDP_MAIL_PORT=2525\n")
    monkeypatch.setenv("IDP_MAIL_PORT", "tcp://10.96.12.8:25")
    assert Settings().mail_port == 2525
    assert Settings(mail_port=26).mail_port == 26


@pytest.mark.parametrize("name", TYPOS)
def test_a_slip_is_refused_all_the_same(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A name or a value that differs from what Kubernetes and Docker write is an unknown setting, as before."""
    assert not injected.is_injected(name, {name: TYPOS[name]})
    monkeypatch.setenv(name, TYPOS[name])
    with pytest.raises(SettingsError, match=f"unknown setting: {name}"):
        Settings()


def test_a_relative_file_lies_below_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`sqlite:///x.db` is `x.db` in the working directory, and stays that file wherever the process goes."""
    for given, path in (("sqlite:///x.db", "x.db"), ("sqlite:///deep/er/x.db", "deep/er/x.db"), ("sqlite:///./y", "y")):
        assert Settings(database_url=given).database_url == f"sqlite:///{tmp_path / path}"
    assert Settings(database_url="sqlite:////var/lib/idp.db").database_url == "sqlite:////var/lib/idp.db"
    assert Settings(data_dir="data").database_url == f"sqlite:///{tmp_path}/data/idp.db"


def test_a_file_where_earlier_versions_kept_it_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where only the file of an earlier version is there, the start is refused with both paths, until one names it or moves it."""
    former = tmp_path / "checkout" / "instance"
    former.mkdir(parents=True)
    (former / "x.db").touch()
    monkeypatch.setattr(checks, "FORMERLY", former)
    with pytest.raises(SettingsError, match=f"there is no {tmp_path}/x.db, but {former}/x.db"):
        Settings(database_url="sqlite:///x.db")
    (tmp_path / "x.db").touch()
    assert Settings(database_url="sqlite:///x.db").database_url == f"sqlite:///{tmp_path}/x.db"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("sqlite://", "must name a file"),
        ("sqlite:///", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite://x.db", "must name a file"),
        ("sqlite:///x.db?mode=ro", "nothing behind it"),
        ("sqlite:///file:x.db?mode=memory&uri=true", "nothing behind it"),
        ("sqlite:///file:x.db", "nothing behind it"),
        ("sqlite+aiosqlite:///x.db", "must start with"),
        ("postgres://u:p@host/idp", "must start with"),
        ("postgresql+psycopg2://u:p@host/idp", "must start with"),
        ("postgresql+psycopg://u:p@host:port/idp", "is no database URL"),
        ("x.db", "is no database URL"),
    ],
)
def test_other_databases_are_refused(value: str, reason: str) -> None:
    """A database in memory, options behind a path, another driver and what is no URL are each refused with the reason."""
    with pytest.raises(SettingsError, match=f"IDP_DATABASE_URL: .*{reason}"):
        Settings(database_url=value)


@pytest.mark.parametrize(
    "value",
    [
        "", ":5000", "5000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http", "::1:5000", "[::1]",
        "[::1:5000", "[127.0.0.1]:5000", "[]:5000", "a host:5000", "http://127.0.0.1:5000", "127.0.0.1:\u0665\u0660", "*:5000",
        "unix:/run/idp.sock", "127.0.0.1:-1",
    ],
)  # fmt: skip
def test_a_bad_place_to_listen_is_refused(value: str) -> None:
    """What is no host and port from 1 to 65535 is refused by the setting's name."""
    with pytest.raises(SettingsError, match=r"IDP_BIND: must look like 127\.0\.0\.1:5000 or \[::1\]:5000"):
        Settings(bind=value)


def test_a_host_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host name stands for its address, an IPv6 address loses its brackets, and a name without an address is one sentence."""
    assert listening.address(Settings(bind="localhost:5999")) == ("127.0.0.1", 5999)
    assert listening.address(Settings(bind="[::1]:5999")) == ("::1", 5999)
    for name in ("no-such-host.invalid", "a..b", "x" * 70):
        with pytest.raises(SettingsError, match=f"IDP_BIND: {name} has no address: "):
            listening.address(Settings(bind=f"{name}:5999"))


def test_a_place_that_is_taken_or_elsewhere_is_one_sentence() -> None:
    """A port in use and an address of another machine are refused by the setting's name."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(SettingsError, match="IDP_BIND: cannot listen on .*: somebody listens there already"):
            listening.check(Settings(bind=f"127.0.0.1:{holder.getsockname()[1]}"))
    with pytest.raises(
        SettingsError, match=r"IDP_BIND: cannot listen on 192\.0\.2\.1:5999: it is no address of this machine"
    ):
        listening.check(Settings(bind="192.0.2.1:5999"))


def test_tls_files_are_read_before_the_start(tmp_path: Path) -> None:
    """A certificate that is none, a key that is none, locked or another's, and a CA file that is none: each is named."""
    places = [tmp_path / "one", tmp_path / "two"]
    for place in places:
        place.mkdir()
    (certificate, key), (_other, other_key) = (make_certificate(place) for place in places)
    nonsense, locked = tmp_path / "nonsense.pem", tmp_path / "locked.pem"
    nonsense.write_text("not a certificate")
    plain = serialization.load_pem_private_key(key.read_bytes(), None)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    locked.write_bytes(plain.private_bytes(encoding, form, serialization.BestAvailableEncryption(b"secret")))
    pairs = {
        (nonsense, key): "IDP_TLS_CERT_FILE: .*nonsense.pem holds no certificate",
        (certificate, nonsense): "IDP_TLS_KEY_FILE: .*nonsense.pem is no private key",
        (certificate, locked): "IDP_TLS_KEY_FILE: .*locked.pem is no private key in PEM without a password",
        (certificate, other_key): "IDP_TLS_KEY_FILE: .* does not belong to IDP_TLS_CERT_FILE",
    }
    for (certificate_file, key_file), message in pairs.items():
        with pytest.raises(SettingsError, match=message):
            listening.check_files(Settings(tls_cert_file=certificate_file, tls_key_file=key_file))
    with pytest.raises(SettingsError, match="IDP_TRUSTED_CA_FILE: .*nonsense.pem holds no certificate"):
        listening.check_files(Settings(trusted_ca_file=nonsense))
    listening.check_files(Settings(tls_cert_file=certificate, tls_key_file=key))
