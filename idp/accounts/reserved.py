"""Usernames that nobody may choose for themselves: those that speak for the service or for whoever runs it.

Who has one keeps it, and an operator may give one away by command. Look-alikes count too: `ad-min`, `adm1n`, `R00T`.
"""

from functools import cache

from idp.base.writing import fold

# RFC 2142, and what else people take for the voice of the house.
WORDS = """
    abuse hostmaster info marketing news noc postmaster sales security support usenet uucp webmaster www ftp
    admin administration administrator administrators admins root sysadmin sysop sysops system superuser superadmin sudo
    operator operators moderator moderators mod mods owner staff team official officials
    help helpdesk helpcentre helpcenter servicedesk service services customerservice contact feedback
    noreply donotreply reply bounce bounces mailer mailerdaemon daemon nobody mail email listserv majordomo
    account accounts auth authentication login logon logout oauth openid oidc password passwords passkey passkeys
    register signin signout signup sso verify verification api idp gatehouse identity
    billing payment payments finance legal privacy compliance dpo trust safety fraud phishing
    everyone everybody anonymous unknown deleted null none undefined true false me myself self
    ssladmin ssladministrator sslwebmaster cert certificate autoconfig autodiscover broadcasthost localhost
    """
APART = str.maketrans("", "", "._-")
ALIKE = str.maketrans({"0": "o", "1": "i", "l": "i", "3": "e", "4": "a", "5": "s", "7": "t"})


def is_reserved(username: str) -> bool:
    """Return whether a username, or what it is made to look like, is not to be chosen."""
    return _look(username) in _looks()


def _look(name: str) -> str:
    return fold(name).translate(APART).translate(ALIKE)


@cache
def _looks() -> frozenset[str]:
    return frozenset(map(_look, WORDS.split()))
