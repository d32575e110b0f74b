"""Files as operators write them, read and brought to a database, and what is there afterwards."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from idp.applying import exporting, form, running
from idp.applying.document import Trouble
from idp.applying.form import File
from idp.applying.references import Sources
from idp.applying.running import Outcome
from idp.applying.states import Terms
from idp.base.database import Model, connection
from tests.factories import Provider

ACTOR = "the tests"
SECRET = "a secret that nobody guesses, long enough to sign"
ENVIRONMENT = {"SHOP_SECRET": SECRET, "CORP_SECRET": "what corp has given"}
# What says that something was looked at, or when: no part of what is configured.
UNCOUNTED = frozenset({"alembic_version", "sqlite_sequence"})

WHOLE = """\
groups:
- path: /eng
  description: Engineers
- path: /eng/backend
clients:
- client_id: shop
  client_name: Paper Shop
  client_secret: {env: SHOP_SECRET}
  redirect_uris: [https://shop.example/callback]
  scope: openid email groups
  access: {for: groups, groups: [/eng], note: Ask Ann.}
  claim_mappers:
  - {claim: team, source: groups, value: names, access_token: true}
  token_exchanges:
  - {subject: pocket, audience: shop, scope: openid, manner: impersonation, once: true}
  id_jags:
  - {audience: "https://auth.chat.example/", client_id: there, scope: chat.read, groups: [/eng], sso_client_id: shop, email: true}
- client_id: pocket
  client_name: Pocket
  token_endpoint_auth_method: none
  application_type: native
  redirect_uris: [com.example.pocket:/callback]
scopes:
- scope: groups
  claim_mappers:
  - {claim: groups, source: groups, value: names}
roles:
- name: reader
  default: everybody
- name: editor
  client_id: shop
  description: Writes
  groups:
  - {path: /eng/backend, until: 2099-12-31}
providers:
- key: corp
  display_name: Corp
  issuer: https://id.corp.example
  client_id: us
  client_secret: {env: CORP_SECRET}
  only_domains: [corp.example]
policies:
- name: second_factor
  value: administrators
- name: sign_up
  value: {mode: domains, allow: [Staff.example, "*.staff.example"], refuse_disposable: true}
- name: terms
  value:
    name: 2027-01
    summary: Cookies are named.
    text: |
      Be kind.

      Keep your password to yourself.
- name: audit_retention
  value: 400
"""


def read(text: str | bytes, directory: Path = Path(), **variables: str) -> tuple[File, list[Trouble]]:
    """Return what a file says, and what is wrong with it."""
    content = text.encode() if isinstance(text, str) else text
    return form.read(content, Sources(ENVIRONMENT | variables, directory))


def told(text: str | bytes, directory: Path = Path(), **variables: str) -> list[str]:
    """Return what is wrong with a file, each as line:column path: sentence."""
    troubles = read(text, directory, **variables)[1]
    return [f"{t.place.line}:{t.place.column} {t.path}: {t.sentence}" for t in troubles]


def bring(provider: Provider, text: str, *accepted: str, directory: Path = Path(), **options: Any) -> Outcome:
    """Apply a good file."""
    variables = options.pop("variables", {})
    file, troubles = read(text, directory, **variables)
    assert troubles == []
    with provider.working():
        return running.apply(file, Terms(ACTOR, frozenset(accepted)), **options)


def actions(outcome: Outcome) -> list[str]:
    """Return what became of each entry that changed."""
    assert outcome.troubles == []
    return [f"{change.action} {change.title}" for change in outcome.changes]


def refusals(outcome: Outcome) -> list[str]:
    """Return what was in the way."""
    assert outcome.changes == []
    return [f"{t.place.line} {t.path}: {t.sentence}" for t in outcome.troubles]


def export(provider: Provider) -> str:
    """Return what is there, as a file."""
    with provider.working():
        return "".join(exporting.export(provider.issuer))


def rows(provider: Provider) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with provider.working():
        return {
            table.name: sorted(map(repr, connection().execute(select(table)).all()))
            for table in Model.metadata.sorted_tables
            if table.name not in UNCOUNTED
        }
