"""What single settings may be. Each check returns the value, tidied, or raises `ValueError` with the reason."""

from ipaddress import IPv6Address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}
SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # those that `keys` implements
ALWAYS_OFFERED = ("RS256", "ES256")  # of ID tokens by default (OpenID Connect Core, section 15.1), and of access tokens
FORMERLY = (
    Path(__file__).resolve().parents[2] / "instance"
)  # from where relative paths of SQLite files were once counted


def issuer(value: str) -> str:
    """Return a base URL of https, or of http on loopback, with neither path, query nor fragment, and without the slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an absolute http(s) URL without query and fragment")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or a password")
    if parts.path not in {"", "/"}:
        raise ValueError("must have no path: the provider answers at the root of its host")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("must be https unless its host is loopback")
    return value.rstrip("/")


def bind(value: str) -> str:
    """Return a host and port; an IPv6 address stands in brackets."""
    host, _, port = value.rpartition(":")
    if not _is_port(port) or not _is_host(host):
        raise ValueError("must look like 127.0.0.1:5000 or [::1]:5000, with a port from 1 to 65535")
    return value


def mtls_url(value: str | None) -> str | None:
    """Return the origin at which certificates are asked for, by the rules of the issuer's, or none."""
    return issuer(value) if value is not None else None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) < 65536


def _is_host(text: str) -> bool:
    """Return whether a text is an IPv6 address in brackets, or looks like an IPv4 address or a host name."""
    if text.startswith("[") and text.endswith("]"):
        try:
            return bool(IPv6Address(text[1:-1]))
        except ValueError:
            return False
    return bool(text) and all(character.isalnum() or character in ".-_" for character in text)


def redis_url(value: str | None) -> str | None:
    """Return the address of a Redis server, or none."""
    if value is not None:
        parts = urlsplit(value)
        if parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.port == 0:
            raise ValueError("must look like redis://host:6379/0, or rediss:// for TLS")
    return value


def secret_key(value: SecretStr) -> SecretStr:
    """Return a secret of at least 32 characters, or none."""
    secret = value.get_secret_value()
    if secret and (len(secret) < 32 or len(set(secret)) < 8):
        raise ValueError("is weak: at least 32 characters, 8 of them different")
    return value


def admin_key(value: SecretStr | None) -> SecretStr | None:
    """Return a key of at least 24 characters, or none."""
    if value is not None and len(value.get_secret_value()) < 24:
        raise ValueError("is weak: at least 24 characters")
    return value


def database_url(value: str) -> str:
    """Return the address of a database that is supported, or none."""
    if not value:
        return value
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(
            "is no database URL: special characters of the password are written %40 and the like"
        ) from None
    if url.drivername not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
    if url.drivername == "sqlite":
        if url.host is not None or not url.database or url.database == ":memory:":
            raise ValueError(
                "must name a file, as sqlite:////var/lib/idp/idp.db does: a database in memory ends with its process"
            )
        if url.query or url.database.startswith("file:"):
            raise ValueError("takes the path of a SQLite file and nothing behind it")
    return value


def place_sqlite(value: str) -> str:
    """Return the address of a SQLite file with its whole path: a relative one counts from the working directory.

    Earlier versions counted from a directory beside the code: what lies there is not passed over in silence.
    """
    path = Path(make_url(value).database or "")
    found, former = path.absolute(), FORMERLY / path
    if not path.is_absolute() and former.exists() and not found.exists():
        raise ValueError(
            f"IDP_DATABASE_URL: there is no {found}, but {former}, where earlier versions kept it: name that"
        )
    return f"sqlite:///{found}"


def life(value: int) -> int:
    """Return a number of minutes or days that tokens may live."""
    if not 1 <= value <= 365:
        raise ValueError("must be between 1 and 365")
    return value


def not_negative(value: int) -> int:
    """Return a number that is not negative."""
    if value < 0:
        raise ValueError("must not be negative")
    return value


def grace(value: int) -> int:
    """Return a short number of seconds."""
    if value > 300:
        raise ValueError("must be at most 300 seconds: reuse of a stolen token is noticed only after it")
    return value


def breach_check_url(value: str | None) -> str | None:
    """Return an absolute URL that five digits can be put behind."""
    if value is not None and not (urlsplit(value).hostname and value.endswith(("/", "="))):
        raise ValueError("must be an absolute URL that ends with / or =: five digits are put behind it")
    return value


def origins(value: str) -> str:
    """Return a comma-separated list of origins."""
    for origin in filter(None, (part.strip() for part in value.split(","))):
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
            raise ValueError(f"{origin!r} is no origin: scheme, host and port only")
    return value


def signing_algorithms(value: str) -> str:
    """Return a comma-separated list of algorithms that this server signs with, in its own order; all of them where none is named."""
    named = {part.strip() for part in value.split(",") if part.strip()} or set(SIGNING_ALGORITHMS)
    for name in sorted(named - set(SIGNING_ALGORITHMS)):
        raise ValueError(f"{name!r} is none of {', '.join(SIGNING_ALGORITHMS)}")
    for name in ALWAYS_OFFERED:
        if name not in named:
            raise ValueError(f"must hold {' and '.join(ALWAYS_OFFERED)}: {name} is missing")
    return ",".join(name for name in SIGNING_ALGORITHMS if name in named)


def client_hosts(value: str) -> str:
    """Return a comma-separated list of hosts, in small letters: a name with or without a port, `*.` before one, or `*`."""
    hosts = [part.strip().lower() for part in value.split(",") if part.strip()]
    for host in hosts:
        name = host.removeprefix("*.")
        if host != "*" and (not name or "*" in name or urlsplit(f"//{name}").netloc != name or "@" in name):
            raise ValueError(f"{host!r} is no host such as app.example.com, *.example.com or *")
    return ",".join(hosts)


def networks(value: str) -> str:
    """Return a comma-separated list of networks."""
    for network in filter(None, (part.strip() for part in value.split(","))):
        try:
            ip_network(network)
        except ValueError:
            raise ValueError(f"{network!r} is no network such as 10.1.2.0/24 or fd00::/8") from None
    return value
