"""Subject identifiers (RFC 9493): how a receiver is told of somebody, and whom one names."""

from typing import Any

from idp.base.extensions import settings

ISS_SUB, EMAIL, OPAQUE, COMPLEX = "iss_sub", "email", "opaque", "complex"
FORMATS = (ISS_SUB, EMAIL)  # of people
LONGEST_EMAIL = 320


class Malformed(Exception):
    """A subject identifier that no request may name here; the text says why."""


def of_stream(stream_id: str) -> dict[str, Any]:
    """Return the subject of news about a stream itself (SSF 1.0, sections 8.1.4.1 and 8.1.5)."""
    return {"format": OPAQUE, "id": stream_id}


def of_person(subject: str, email: str | None = None) -> dict[str, Any]:
    """Return the subject of news about somebody: by the address where one is given, else as the client knows them."""
    if email is not None:
        return {"format": EMAIL, "email": email}
    return {"format": ISS_SUB, "iss": settings().issuer, "sub": subject}


def of_session(person: dict[str, Any], sid: str) -> dict[str, Any]:
    """Return the subject of news about one session of somebody (SSF 1.0, section 3.3)."""
    return {"format": COMPLEX, "user": person, "session": {"format": OPAQUE, "id": sid}}


def read(value: Any, longest: int) -> tuple[str, str]:
    """Return the format and the value of the identifier of a person, a complex one with a `user` alone included.

    Raises:
        Malformed: it is none, of a format that names no person here, or of another issuer.
    """
    if not isinstance(value, dict):
        raise Malformed("subject must be a subject identifier (RFC 9493).")
    if value.get("format") == COMPLEX:
        others = sorted(set(value) - {"format", "user"})
        if others or not isinstance(value.get("user"), dict) or value["user"].get("format") == COMPLEX:
            raise Malformed("A complex subject may have the member user alone, in a simple format.")
        return read(value["user"], longest)
    match value.get("format"):
        case "iss_sub":
            if value.get("iss") != settings().issuer:
                raise Malformed("The iss of the subject is not this server's.")
            return ISS_SUB, _text(value.get("sub"), "sub", longest)
        case "email":
            return EMAIL, _text(value.get("email"), "email", LONGEST_EMAIL)
        case _:
            raise Malformed("The format of the subject must be iss_sub or email.")


def _text(value: Any, member: str, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise Malformed(f"The {member} of the subject must be a text of 1 to {longest} printable characters.")
    return value
