"""Where the server listens: the address behind `IDP_BIND`, and whether one can listen there with these TLS files."""

import errno
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from idp.config.environment import SettingsError
from idp.config.settings import Settings

REASONS = {
    errno.EADDRINUSE: "somebody listens there already",
    errno.EADDRNOTAVAIL: "it is no address of this machine",
    errno.EACCES: "ports below 1024 need a privilege that this account has not",
}


def address(values: Settings) -> tuple[str, int]:
    """Return address and port to listen on; of the addresses of a host name the first of IPv4, or else the first.

    Raises:
        SettingsError: the name has no address.
    """
    host, _, port = values.bind.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no host name"
        raise SettingsError(f"IDP_BIND: {host} has no address: {reason}") from None
    first = next((entry for entry in found if entry[0] == socket.AF_INET), found[0])
    return str(first[4][0]), int(port)


def check(values: Settings) -> None:
    """See that one can listen there, and that certificate and key can be read and belong together.

    Raises:
        SettingsError: naming the variable.
    """
    check_files(values)
    host, port = address(values)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen()
        except OSError as error:
            reason = REASONS.get(error.errno or 0, error.strerror)
            raise SettingsError(f"IDP_BIND: cannot listen on {values.bind}: {reason}") from None


def check_files(values: Settings) -> None:
    """See that the files of the TLS settings hold what they should.

    Raises:
        SettingsError: naming the variable.
    """
    for name in ("tls_cert_file", "tls_key_file", "trusted_ca_file"):
        path: Path | None = getattr(values, name)
        if path is not None and not os.access(path, os.R_OK):
            raise SettingsError(f"IDP_{name.upper()}: {path} cannot be read by this account")
    if values.trusted_ca_file is not None:
        _load(
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations, "IDP_TRUSTED_CA_FILE", values.trusted_ca_file
        )
    if values.tls_cert_file is None or values.tls_key_file is None:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load(context.load_verify_locations, "IDP_TLS_CERT_FILE", values.tls_cert_file)
    try:
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(values.tls_cert_file, values.tls_key_file, password=lambda: "")
    except (OSError, ValueError) as error:
        is_other = "KEY_VALUES_MISMATCH" in str(error)
        reason = "does not belong to IDP_TLS_CERT_FILE" if is_other else "is no private key in PEM without a password"
        raise SettingsError(f"IDP_TLS_KEY_FILE: {values.tls_key_file} {reason}") from None


def _load(load: Callable[[Path], object], name: str, path: Path) -> None:
    try:
        load(path)
    except (OSError, ValueError):
        raise SettingsError(f"{name}: {path} holds no certificate in PEM") from None
