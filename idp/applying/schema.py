"""The form as JSON Schema (draft 7, which editors understand), made of the definitions that check files.

It lies at `PATH` on every server, so that editors find it; a test compares that file with what is made here.
"""

import json

from idp.applying.form import FILE, SCHEMA

PATH = "/static/configuration.schema.json"


def write() -> str:
    """Return the schema as text."""
    made = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Configuration of Gatehouse, for idp apply",
        **FILE.schema(),
    }
    made["properties"][SCHEMA] = {"type": "string", "description": "Where this schema is, for editors."}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"
