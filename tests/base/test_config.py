"""Settings: what boots, what refuses to, and how it says so."""

import secrets
import stat
from pathlib import Path

import pytest

from idp.config import Settings, SettingsError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDP_TYPO", "1"),
        ("IDP_ISSUER", "ftp://example.com"),
        ("IDP_ISSUER", "http://id.example.com"),
        ("IDP_ISSUER", "https://id.example.com/path"),
        ("IDP_BIND", "5000"),
        ("IDP_SECRET_KEY", "short"),
        ("IDP_SECRET_KEY", "a" * 40),
        ("IDP_ADMIN_KEY", "too-short"),
        ("IDP_DATABASE_URL", "mysql://localhost/idp"),
        ("IDP_WORKERS", "-1"),
        ("IDP_WORKERS", "many"),
        ("IDP_PASSWORD_HASH", "md5"),
        ("IDP_ALLOWED_ORIGINS", "https://a.example/path"),
        ("IDP_TLS_CERT_FILE", "/nowhere.pem"),
        ("IDP_RATELIMIT_ENABLED", "perhaps"),
    ],
)
def test_bad_settings_refuse_to_boot_and_name_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    """An unknown, malformed or weak value ends the start and its message names the variable."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        Settings()


def test_every_documented_name_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Names whose feature is still to come boot from the first day, those that begin with a digit too."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "IDP_42_CLIENT_ID": "forty-two",
        "IDP_42_URL": "http://127.0.0.1:1",
        "IDP_GOOGLE_CLIENT_SECRET": "secret",
        "IDP_METRICS_TOKEN": "token",
        "IDP_DATABASE_REPLICA_URL": "postgresql+psycopg://replica/idp",
        "IDP_LEGACY_RESPONSE_TYPES": "true",
        "IDP_ALLOW_PRIVATE_FETCH": "true",
        "IDP_EMAIL_EXIST_ENDPOINT": "false",
        "IDP_TRUSTED_PROXIES": "1",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.f42_client_id, settings.f42_url) == ("forty-two", "http://127.0.0.1:1")


def test_dotenv_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`.env` in the working directory supplies settings, below the environment; a typo in it is refused too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("IDP_MAIL_SERVER=from-file\nIDP_MAIL_PORT=2525\n")
    monkeypatch.setenv("IDP_MAIL_PORT", "26")
    settings = Settings()
    assert (settings.mail_server, settings.mail_port) == ("from-file", 26)
    (tmp_path / ".env").write_text("IDP_MALE_SERVER=x\n")
    with pytest.raises(SettingsError, match="IDP_MALE_SERVER"):
        Settings()


def test_the_secret_is_generated_once_and_private(tmp_path: Path) -> None:
    """Without IDP_SECRET_KEY one is made in the data directory, readable by its owner alone, and kept."""
    first = Settings(data_dir=tmp_path / "data").load_secret()
    path = tmp_path / "data" / "secret_key"
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Settings(data_dir=tmp_path / "data").load_secret() == first


def test_two_that_start_at_once_have_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is being made is nobody's yet: who comes meanwhile has the one that stays, never an empty file; no draft is left."""
    found: list[str] = []
    really = secrets.token_urlsafe

    def be_overtaken(size: int) -> str:
        monkeypatch.setattr(secrets, "token_urlsafe", really)
        found.append(Settings(data_dir=tmp_path).load_secret())
        return really(size)

    monkeypatch.setattr(secrets, "token_urlsafe", be_overtaken)
    found.append(Settings(data_dir=tmp_path).load_secret())
    assert found == [(tmp_path / "secret_key").read_text()] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_the_sender_follows_the_issuer() -> None:
    """The default sender is no-reply at the issuer's host, or localhost.localdomain on loopback."""
    assert Settings().mail_default_sender == "no-reply@localhost.localdomain"
    assert Settings(issuer="https://id.example.com").mail_default_sender == "no-reply@id.example.com"
