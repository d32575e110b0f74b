"""The fixtures of the older interfaces' tests themselves."""

from tests.contracts.house import Caller, House


def test_the_house_answers_and_sends_mail(house: House, http: Caller) -> None:
    """A caller reaches the running server, sees who was put into its database, and gets no page where nobody owns the path."""
    person = house.member()
    assert person.email == f"{person.username}@example.org"
    assert http.get("/healthz").status_code == 200
    unknown = http.get("/nowhere/at/all/", headers={"Accept": "application/json"})
    assert (unknown.status_code, unknown.headers["Content-Type"]) == (404, "application/json")
