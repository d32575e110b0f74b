"""What single settings may be. Each check returns the value, tidied, or raises `ValueError` with the reason."""

from urllib.parse import urlsplit

from pydantic import SecretStr

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


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
    """Return a host and port."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("must look like 127.0.0.1:5000")
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
    if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
    return value


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
