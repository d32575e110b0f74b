"""Refusals at the protocol's endpoints: each cause by name, what the caller is told of it, and its line in the audit log and the log.

What is told depends on what the caller has shown. What follows from the request alone is told to everybody. What is to be said of a
code, a token or an assertion is told to whoever holds it; that it is another client's, and what became of a person, only to a client
that has proved itself. Which of unknown client, disabled client and wrong secret it was is told to nobody. The audit log has the
cause always, and never what was sent as a secret.
"""

from idp.oauth.refusals.answering import Refusal, fit, of_grant, shorten, tell
from idp.oauth.refusals.causes import SENTENCES, Cause
from idp.oauth.refusals.recording import has_no_client, note, record

__all__ = ["SENTENCES", "Cause", "Refusal", "fit", "has_no_client", "note", "of_grant", "record", "shorten", "tell"]
