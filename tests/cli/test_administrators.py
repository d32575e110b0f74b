"""`idp admin`: roles are given, listed and withdrawn on the server."""

import json
from datetime import timedelta

from flask import Flask

from idp.base import clock
from tests.cli.test_commands import environment as environment
from tests.cli.test_commands import idp
from tests.conftest import SECRET_KEY
from tests.factories import Provider
from tests.groups.making import group


def test_roles_by_command(environment: dict[str, str], app: Flask) -> None:
    """Each command prints JSON lines; what is wrong is refused by its name, and the last owner stays."""
    provider = Provider(app)
    environment = environment | {"IDP_SECRET_KEY": SECRET_KEY}
    root, ann = provider.person("root@example.org", is_admin=True), provider.person()
    day = (clock.now() + timedelta(days=30)).date().isoformat()
    made = json.loads(idp(environment, "admin", "grant", "--email", ann.email, "--role", "help-desk", "--until", day))
    assert (made["email"], made["role"], made["until"]) == (ann.email, "help-desk", day)
    assert (made["sub"], made["given_by"], made["is_in_force"]) == (ann.sub, "command line", True)
    listed = [json.loads(line) for line in idp(environment, "admin", "list").splitlines()]
    assert [(row["email"], row["role"], row["until"]) for row in listed] == [
        (root.email, "owner", None),
        (ann.email, "help-desk", day),
    ]
    grant = ("admin", "grant", "--email", ann.email, "--role")
    assert "role: There is no such role." in idp(environment, *grant, "emperor", fails=True)
    assert "until: Enter a day" in idp(environment, *grant, "reader", "--until", "2020-01-01", fails=True)
    nobody = ("admin", "grant", "--email", "nobody@example.org", "--role", "reader")
    assert "email: There is no such entry." in idp(environment, *nobody, fails=True)
    last = ("admin", "withdraw", "--email", root.email, "--role", "owner")
    assert "last administrator" in idp(environment, *last, fails=True)
    idp(environment, "admin", "withdraw", "--email", ann.email, "--role", "help-desk")
    assert len(idp(environment, "admin", "list").splitlines()) == 1


def test_roles_for_one_groups_people_by_command(environment: dict[str, str], app: Flask) -> None:
    """`--group` limits a role, which is listed with the path of the group beside those of the whole server, and withdrawn by it."""
    provider = Provider(app)
    environment = environment | {"IDP_SECRET_KEY": SECRET_KEY}
    provider.person("root@example.org", is_admin=True)
    ann = provider.person()
    with provider.working():
        group("/eng/backend")
    grant = ("admin", "grant", "--email", ann.email, "--role")
    made = json.loads(idp(environment, *grant, "help-desk", "--group", "/Eng"))
    assert (made["role"], made["group"], made["until"], made["is_in_force"]) == ("help-desk", "/eng", None, True)
    listed = [json.loads(line) for line in idp(environment, "admin", "list").splitlines()]
    assert [(row["role"], row["group"]) for row in listed] == [("owner", None), ("help-desk", "/eng")]
    assert "role: Only help desk" in idp(environment, *grant, "reader", "--group", "/eng", fails=True)
    assert "group: There is no such entry." in idp(environment, *grant, "people", "--group", "/ops", fails=True)
    idp(environment, "admin", "withdraw", "--email", ann.email, "--role", "help-desk", "--group", "/eng")
    assert len(idp(environment, "admin", "list").splitlines()) == 1
