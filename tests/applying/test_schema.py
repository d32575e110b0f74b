"""The JSON Schema for editors, and the definitions that check files: one and the same, and complete."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from idp.applying import members, schema
from idp.applying.form import SECTIONS
from idp.applying.sections import KEEPERS, clients
from idp.clients.metadata import Metadata
from idp.federation.definition import Definition
from tests.applying.bringing import WHOLE, export, told
from tests.applying.test_export import furnish
from tests.factories import Provider

ROOT = Path(__file__).parents[2]
BESIDE_CLIENTS = {"client_id", "client_secret", "disabled", "access", "claim_mappers", "token_exchanges", "id_jags"}
BESIDE_PROVIDERS = {"client_secret", "disabled", "icon_file"}


def faults(text: str) -> list[str]:
    """Return what an editor marks in a file."""
    validator = jsonschema_rs.Draft7Validator(json.loads(schema.write()))
    value = json.loads(json.dumps(yaml.safe_load(text), default=str))  # a day is a text to editors
    return [error.message for error in validator.iter_errors(value)]


def test_the_schema_is_what_is_shipped(provider: Provider) -> None:
    """The file that every server has at its stable address is made of the definitions, and is valid itself."""
    shipped = (ROOT / "static/configuration.schema.json").read_text()
    assert shipped == schema.write()
    jsonschema_rs.meta.validate(json.loads(shipped))
    answer = provider.http.get(schema.PATH)
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "application/json", shipped)


def test_every_member_is_in_the_form() -> None:
    """A file can say every member of a registration and of a provider's definition, each with words for editors, and nothing else."""
    client, provider = ({member.name for member in form} for form in (members.CLIENT, members.PROVIDER))
    assert client - BESIDE_CLIENTS == {field.name for field in fields(Metadata)} - clients.NOT_SAID
    assert provider - BESIDE_PROVIDERS == {field.name for field in fields(Definition)}
    assert [section.name for section in SECTIONS] == list(KEEPERS)
    assert [
        member.name for member in (*members.CLIENT, *members.PROVIDER, *members.ROLE) if len(member.about) < 8
    ] == []


def test_editors_and_the_check_agree(provider: Provider) -> None:
    """What is exported is as editors want it, and so is a file of every section."""
    furnish(provider)
    assert (faults(WHOLE), faults(export(provider))) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "colour: red",
        "clients: {}",
        "clients: [{client_id: a}]",
        "clients: [{client_id: 1, client_name: A}]",
        "clients: [{client_id: a, client_name: A, require_pkce: 'true'}]",
        "clients: [{client_id: a, client_name: A, default_max_age: -1}]",
        "clients: [{client_id: a, client_name: A, client_secret: plain}]",
        "clients: [{client_id: a, client_name: A, client_secret: {env: A, file: b}}]",
        "clients: [{client_id: a, client_name: A, access: {for: some}}]",
        "roles: [{name: a, groups: [/eng]}]",
        "policies: [{name: weather, value: fine}]",
        "policies: [{name: second_factor, value: fine}]",
        "policies: [{name: sign_up, value: closed}]",
        "policies: [{name: sign_up, value: {mode: nobody}}]",
        "policies: [{name: terms, value: {name: first}}]",
        "policies: [{name: audit_retention, value: 29}]",
    ],
)
def test_what_is_refused_is_marked(text: str) -> None:
    """What the check refuses by its form, an editor marks too."""
    value: Any = faults(text)
    assert (bool(value), bool(told(text))) == (True, True)
