"""Sessions whose time was over are recorded when they go."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp import purging, sessions
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.sessions import BrowserSession, Device
from idp.sessions.ending import BY_ADMINISTRATOR, PASSWORD_CHANGED
from tests.factories import Provider

DEVICE = Device("192.0.2.1", "Browser")


def test_a_session_that_ran_out_is_recorded_once(provider: Provider) -> None:
    """A browser that was not used, and one that was until its day was over, each with the instant; one that was ended is not told again."""
    ann = provider.person()
    with provider.working():
        idle, used, left = (sessions.open_session(ann.id, 0, ["pwd"], DEVICE)[0] for _each in range(3))
        used.last_seen_at = used.expires_at
        sessions.end(left.id, why=sessions.Ending(ann.sub))
        expected = {
            idle.id: (idle.created_at + timedelta(hours=1)).isoformat(),
            used.id: used.expires_at.isoformat(),
        }
    with clock.moved(timedelta(days=3)):
        for _again in range(2):
            with provider.working():
                purging.run()
    with provider.working():
        events = session().scalars(select(AuditEvent).where(AuditEvent.event == "session.expired")).all()
        assert {event.detail["sid"]: event.detail["at"] for event in events} == expected
        assert {event.subject for event in events} == {ann.sub}
        assert session().scalars(select(BrowserSession)).all() == []


@pytest.mark.parametrize("way", ["password", "administrator"])
def test_the_cause_is_told(provider: Provider, way: str) -> None:
    """The event of each session names its cause, and who acted where that was somebody else."""
    ann = provider.person()
    here, there = provider.browser(ann), provider.browser(ann)
    if way == "password":
        values = {"current_password": ann.password, "new_password": "quite another pass phrase"}
        assert here.submit("/account/password", **values).status_code == 303
        expected = (PASSWORD_CHANGED, None)
    else:
        root = provider.person("root@example.org", is_admin=True)
        page = f"/admin/people/{ann.sub}"
        provider.browser(root).submit(f"{page}/sessions/{there.sid}/end")
        expected = (BY_ADMINISTRATOR, root.sub)
    with provider.working():
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.event == "session.ended")).all()
        assert (event.detail["cause"], event.actor) == expected
        assert (event.detail["sid"], event.subject) == (there.sid, ann.sub)
