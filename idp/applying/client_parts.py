"""What stands within a client's entry: for whom it is, which tokens it exchanges, and for which servers it gets assertions."""

from idp.applying.kinds import Choice, Flag, Many, Text
from idp.applying.shapes import Member, Members
from idp.clients.exchanges import MANNERS

TEXTS = Many(Text())
EVERYBODY, GROUPS = "everybody", "groups"

EXCHANGE = Members(
    (
        Member("subject", Text(), "The client whose tokens are exchanged; it may be this one.", is_needed=True),
        Member("audience", Text(), "The client or API that the new token is for; this server, unless said otherwise."),
        Member("scope", Text(), "What the new token may have, of what the old one has, with spaces between."),
        Member("manner", Choice(MANNERS), "delegation, unless said otherwise: the new token says who acts."),
        Member("once", Flag(), "Each token may be exchanged once; false unless said otherwise."),
    )
)
ID_JAG = Members(
    (
        Member("audience", Text(), "The issuer of the other authorization server.", is_needed=True),
        Member("client_id", Text(), "What the client is called there; the same, unless said otherwise."),
        Member("scope", Text(), "Scopes of the other server, the most that may be had, with spaces between."),
        Member("resources", TEXTS, "APIs behind the other server that may be named."),
        Member("groups", TEXTS, "The paths of the groups whose members it is for; everybody, where it is left away."),
        Member("sso_client_id", Text(), "The client here by which the other server signs people in."),
        Member("email", Flag(), "The confirmed e-mail address is told; false unless said otherwise."),
    )
)
ACCESS = Members(
    (
        Member("for", Choice((EVERYBODY, GROUPS)), "For whom the client is: everybody, or groups.", is_needed=True),
        Member("groups", TEXTS, "The paths of the groups whose members it lets in."),
        Member("note", Text(), "Whom others are told to ask."),
    )
)
