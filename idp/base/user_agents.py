"""User agents in words, "Firefox on Linux", for people who look at their sessions and at mails of new sign-ins.

What a browser says of itself is anybody's claim: it is shown, and nothing is decided by it.
"""

from functools import lru_cache

from flask_babel import gettext as _

LONGEST = 300  # characters of a user agent that are looked at
LONGEST_NAME = 40
SPOKEN = {
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "HeadlessChrome": "Chrome",
    "Mac OS X": "macOS",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Opera Mobile": "Opera",
}


def describe(user_agent: str) -> str:
    """Return browser and system in words; what is not recognised is an unknown browser."""
    browser, system = _names(user_agent[:LONGEST])
    browser = browser or _("Unknown browser")
    return _("%(browser)s on %(system)s", browser=browser, system=system) if system else browser


@lru_cache(maxsize=256)
def _names(user_agent: str) -> tuple[str | None, str | None]:
    # Loading it and its patterns takes half a second, and many processes never show a user agent.
    import ua_parser

    browser, system = ua_parser.parse_user_agent(user_agent), ua_parser.parse_os(user_agent)
    return _spoken(browser.family if browser else None), _spoken(system.family if system else None)


def _spoken(name: str | None) -> str | None:
    if name is None or not name.isprintable():
        return None
    return SPOKEN.get(name, name[:LONGEST_NAME])
