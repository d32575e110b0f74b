"""The kinds of events that receivers may hear of, by their URIs (SSF 1.0, section 8.1.4; CAEP 1.0, section 3; RISC 1.0, section 2)."""

_SSF, _CAEP, _RISC = (f"https://schemas.openid.net/secevent/{name}/event-type/" for name in ("ssf", "caep", "risc"))

VERIFICATION = f"{_SSF}verification"
STREAM_UPDATED = f"{_SSF}stream-updated"

SESSION_REVOKED = f"{_CAEP}session-revoked"
CREDENTIAL_CHANGE = f"{_CAEP}credential-change"
TOKEN_CLAIMS_CHANGE = f"{_CAEP}token-claims-change"

ACCOUNT_DISABLED = f"{_RISC}account-disabled"
ACCOUNT_ENABLED = f"{_RISC}account-enabled"
ACCOUNT_PURGED = f"{_RISC}account-purged"

# What a stream may be asked for; the two of the framework come unasked.
SUPPORTED = (
    SESSION_REVOKED,
    CREDENTIAL_CHANGE,
    TOKEN_CLAIMS_CHANGE,
    ACCOUNT_DISABLED,
    ACCOUNT_ENABLED,
    ACCOUNT_PURGED,
)


def short(kind: str) -> str:
    """Return the name at the end of a URI, as pages and commands show it."""
    return kind.rpartition("/")[2]


def delivered(requested: list[str] | None) -> list[str]:
    """Return which of the supported kinds a stream has that asked for these; None asks for all."""
    return [kind for kind in SUPPORTED if requested is None or kind in requested]
