"""What a route of an older interface demands of whoever calls it. Each declares one, and `tests/security` tries what it declares."""

from enum import Enum


class Demand(Enum):
    """What has to be shown. The words of the documents for what is missing are the interface's own."""

    NOTHING = "nothing"  # who calls signs in, signs up, proves an address by what was mailed, or hears what is public
    KEY = "key"  # the administrator's key
    GRANT = "grant"  # tokens of a registered client, in which the person has shown what is demanded today
    SIGNED_IN = "signed in"  # a token whose sign-in has shown every factor that account and policy demand today
    FRESH = "fresh"  # as SIGNED_IN; and for what is sensitive, a sign-in of the last ten minutes or a secret that is sent along
    ENROLLING = "enrolling"  # as FRESH, but that the second factor which a policy demands is only being set up
    ENDING = "ending"  # a token that was good once: whoever has it may always end it
