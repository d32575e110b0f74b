"""The addresses of a client: where people are sent, what they may open, and what this server fetches."""

import ipaddress
import re
from urllib.parse import urlsplit

Problem = tuple[str, str]  # a member, and what is wrong with it
LONGEST_URI = 2000  # as a registration may hold it, and a grant keeps it
FRAGMENT = re.compile(r"[!$-;=?-Z_a-z~]{1,200}")  # RFC 3986, section 3.5
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")  # RFC 8252, section 7.1: a reversed domain name
# Editors whose agents are answered at a scheme that is no domain name, although section 7.1 asks for one: known programs, each the only
# one of its name. Any other name without a dot could be anybody's (section 8.4).
EDITORS = frozenset({"cursor", "vscode", "vscode-insiders", "windsurf"})
LOOPBACK_URI = re.compile(
    r"http://(?P<host>localhost|127\.0\.0\.1|\[::1\])(:(?P<port>[0-9]{1,5}))?(?P<rest>([/?][!-\"$-~]*)?)"
)


def without_loopback_port(uri: str, *, by_name: bool = False) -> tuple[str, str] | None:
    """Return host and path of an http URI on a loopback IP literal, without its port (RFC 8252, section 7.3); `by_name` on localhost, too.

    None for any other, and for one that is longer with its port than a redirect URI may be. Read by pattern: `urlsplit` drops line
    breaks, and raises on half an IPv6 address.
    """
    found = LOOPBACK_URI.fullmatch(uri) if len(uri) <= LONGEST_URI else None
    if found is None or int(found["port"] or 0) > 65535 or (found["host"] == "localhost" and not by_name):
        return None
    return found["host"], found["rest"]


def check_redirect_uri(member: str, uri: str) -> Problem | None:
    """Refuse what RFC 9700, section 2.1, and RFC 6749, section 3.1.2, forbid."""
    if len(uri) > LONGEST_URI or not uri.isascii() or not uri.isprintable() or any(c in uri for c in ' "<>\\^`{|}*'):
        return member, f"{uri[:100]!r} is no URI."
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return member, f"{uri} is no URI."
    if "#" in uri:
        return member, f"{uri} must not have a fragment."
    if parts.scheme in {"http", "https"}:
        if not host or parts.username is not None or parts.password is not None:
            return member, f"{uri} must have a host, and no user."
        if parts.scheme == "http" and not is_loopback_host(host):
            return member, f"{uri} must be https, unless its host is loopback."
        return None
    if not PRIVATE_SCHEME.fullmatch(parts.scheme) and parts.scheme not in EDITORS:
        return member, f"{uri} must be https, or have a private scheme such as com.example.app."
    return None


def check_page(member: str, uri: str | None) -> Problem | None:
    """Refuse what is no address of a page that people open."""
    if not uri:
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:  # half an IPv6 address
        return member, f"{uri[:100]} is no URI."
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(uri) > LONGEST_URI or not uri.isprintable():
        return member, "An absolute http or https address is needed."
    return None


def check_address(member: str, uri: str | None) -> Problem | None:
    """Refuse what this server would not fetch or call: anything but https, or http on loopback, for developers.

    Where a sign-in begins is https without any exception (OpenID Connect Core, section 4).
    """
    if not uri:
        return None
    bare, _hash, fragment = uri.partition("#") if member == "request_uris" else (uri, "", "")  # Core, section 6.2
    if fragment and not FRAGMENT.fullmatch(fragment):
        return member, "What stands behind the # is too long, or no part of a URI."
    problem = check_redirect_uri(member, bare)
    allowed = {"https"} if member == "initiate_login_uri" else {"http", "https"}
    if problem is None and urlsplit(bare).scheme not in allowed:
        return member, f"{uri} must be https."
    return problem


def is_loopback_host(host: str) -> bool:
    """Return whether a host is this machine itself: `localhost`, or an IP literal of the loopback network."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
