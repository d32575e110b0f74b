"""Which algorithms this server signs with: those of the setting `IDP_SIGNING_ALGORITHMS`.

What others sign is read by `jose`, whose algorithms the setting leaves alone.
"""

from idp.base.extensions import settings

FALLBACK = "RS256"  # which every relying party knows (OpenID Connect Core, section 15.1), and no setting takes away


def offered() -> tuple[str, ...]:
    """Return the algorithms that are offered, in the order of `ALGORITHMS`."""
    return tuple(settings().signing_algorithms.split(","))


def choose(algorithm: str) -> str:
    """Return the algorithm by which somebody who asked for this one is served; RS256 where that was switched off since."""
    return algorithm if algorithm in offered() else FALLBACK
