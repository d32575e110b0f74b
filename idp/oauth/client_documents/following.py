"""Keeping a client as its document says: fetched when the client is first met, and again once what is known has grown old (section 4.3).

What is fetched is kept for as long as its `Cache-Control` says (RFC 9111, section 5.2), within bounds. A host that does not answer is
borne for a day with what is known. One that answers with anything but a good document has its client refused from then on, until there is
a good one again; no such answer is kept.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import select, update
from sqlalchemy.sql.base import Executable

from idp.base import clock, fetch
from idp.base.caller import source
from idp.base.database import commit, connection, insert_into, pause, rollback, run
from idp.base.extensions import settings
from idp.base.http import use_up
from idp.base.outcome import Refused
from idp.base.statements import Row, parameter, statement
from idp.clients import documents
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.clients.models import ClientDocument
from idp.oauth.client_documents import reading

ACTOR = "client document"  # as the audit log names who registers and changes such a client
LARGEST = 16_384  # bytes; the draft recommends a bound of 5 kilobytes, and key sets may stand in it
SHORTEST, USUAL, LONGEST = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)  # for which a document is fresh
BORNE = timedelta(days=1)  # for which a host may be away
UNUSED = timedelta(days=1)  # after which a client is forgotten that nobody has let in
LIMIT = "60 per minute"  # documents that one network has us ask for
MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
UNKEPT = re.compile(r"\bno-(store|cache)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """Why there is no client behind an address: the word for the audit log, and a sentence for developers."""

    cause: str
    sentence: str


def is_offered() -> bool:
    """Return whether addresses are taken as client identifiers at all."""
    return bool(settings().client_id_metadata_hosts)


def follow(client_id: str | None) -> Fault | None:
    """Bring what is known of a client up to its document, where its identifier is an address; return why it cannot be used.

    Fetches where it must, and ends the transaction for it: call it before anything is claimed. Of any other identifier it says nothing.
    """
    if client_id is None or not documents.is_url(client_id):
        return None
    if not is_offered():
        return Fault("client_documents_off", "Addresses are not taken as client identifiers here.")
    fault = documents.find_fault(client_id)
    if fault is not None:
        return Fault("client_id_malformed", fault)
    if not _lets_in(documents.host_of(client_id) or ""):
        return Fault("client_host_refused", "Clients of this host are not let in here.")
    known = _find.first(client_id=client_id)
    if known is not None and clock.now() < known.fresh_until:
        return None
    client = clients.look_up(client_id)
    if client is not None and client.is_disabled:
        return None  # whoever looks it up says so; its host is left alone
    return _fetch(client_id, known)


def _lets_in(host: str) -> bool:
    """Return whether the operator lets clients of a host in; a rule with a port is for that port alone, any other for all."""
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    for rule in settings().client_id_metadata_hosts.split(","):
        asked = host if re.search(r":\d+$", rule) else name
        if rule in ("*", asked) or (rule.startswith("*.") and asked.endswith(rule[1:])):
            return True
    return False


def _fetch(client_id: str, known: Row | None) -> Fault | None:
    if use_up(LIMIT, "client documents", source()):
        return Fault("client_document_too_often", "Too many documents were asked for. Try again in a minute.")
    pause()
    try:
        answer = fetch.load(client_id, largest=LARGEST, headers={"Accept": "application/json"})
    except fetch.FetchError as error:
        return _bear(client_id, known, error)
    client = clients.look_up(client_id)
    found = reading.read(answer.body, client_id, client.metadata if client is not None else None)
    if isinstance(found, str):
        return Fault("client_document_invalid", found)
    refused = _keep(client_id, found, clock.now() + _life(answer.cache_control))
    return Fault("client_document_invalid", f"{refused.field}: {refused.detail}") if refused is not None else None


def _bear(client_id: str, known: Row | None, error: fetch.FetchError) -> Fault | None:
    """Go on for a while with what is known of a client whose host is away; an answer, whatever it is, is none of that."""
    is_away = error.status is None or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if known is None or not is_away or clock.now() - known.fetched_at > BORNE:
        return Fault("client_document_unreachable", f"The document could not be fetched: {error}.")
    again = update(ClientDocument).where(ClientDocument.client_id == client_id)
    run(again.values(fresh_until=clock.now() + SHORTEST))
    pause()
    return None


def _keep(client_id: str, metadata: Metadata, until: datetime) -> Refused | None:
    """Register a client, or change it; of several requests that have fetched the same document the first one does it."""
    now = clock.now()
    values = {"fetched_at": now, "fresh_until": until}
    # Made or found, the row is locked from here on.
    made = insert_into(ClientDocument).values(client_id=client_id, due_at=now + UNUSED, **values)
    connection().execute(made.on_conflict_do_update(index_elements=[ClientDocument.client_id], set_=values))
    row = clients.get(client_id, for_change=True)
    done: object = None
    if row is None:
        done = clients.register(metadata, client_id=client_id, actor=ACTOR, source=source(), is_published=True)
    elif clients.to_metadata(row) != metadata:
        done = clients.change(row, metadata, actor=ACTOR, is_published=True)
    if isinstance(done, Refused):
        rollback()
        return done
    commit()  # so that whoever looks the client up next finds it
    return None


def _life(cache_control: str) -> timedelta:
    """Return for how long a document is fresh, by what its host says, within our bounds."""
    age = MAX_AGE.search(cache_control)
    said = timedelta(0) if UNKEPT.search(cache_control) else timedelta(seconds=int(age[1])) if age else USUAL
    return min(max(said, SHORTEST), LONGEST)


@statement
def _find(_dialect: str) -> Executable:
    wanted = ClientDocument.client_id == parameter("client_id", ClientDocument.client_id)
    return select(ClientDocument.fetched_at, ClientDocument.fresh_until).where(wanted)
