"""Issuers changed at the same moment, by threads of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from idp.base.database import commit
from idp.clients import service as clients
from idp.issuers import service
from idp.issuers.definition import EMAIL, Definition, Workload, of
from tests.factories import Provider

CLUSTER = Definition("https://cluster.example", "Cluster", account_member=EMAIL)
TIMES, ROUNDS = 4, 5


def together(provider: Provider, *acts: Callable[[], bool]) -> list[bool]:
    """Return what acts come to that begin at the same moment, each committed."""
    ready = Barrier(len(acts))

    def act(one: Callable[[], bool]) -> bool:
        with provider.app.test_request_context():
            ready.wait(30)
            done = one()
            commit()
            return done

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def test_an_issuer_is_trusted_once(provider: Provider) -> None:
    """Of administrators who trust one issuer at the same moment one succeeds, and the others are told that it is there."""

    def create() -> bool:
        return not isinstance(service.create(CLUSTER, actor="root"), list)

    assert sorted(together(provider, *[create] * TIMES)) == [False] * (TIMES - 1) + [True]


def test_nobody_is_left_who_is_deleted(provider: Provider) -> None:
    """A client that is deleted while an issuer is trusted or changed that names it is in none of them afterwards, in whatever order."""
    with provider.working():
        assert not isinstance(service.create(CLUSTER, actor="root"), list)
    for number in range(ROUNDS):
        client_id = provider.client().client_id
        other = f"https://{number}.example"
        workloads = (Workload(client_id, "orders"),)

        def create(other: str = other, workloads: tuple[Workload, ...] = workloads) -> bool:
            wanted = replace(CLUSTER, issuer=other, workloads=workloads)
            return not isinstance(service.create(wanted, actor="root"), list)

        def change(workloads: tuple[Workload, ...] = workloads) -> bool:
            row = service.find(CLUSTER.issuer, for_change=True)
            assert row is not None
            return not isinstance(service.change(row, replace(of(row), workloads=workloads), actor="root"), list)

        def remove(client_id: str = client_id) -> bool:
            row = clients.get(client_id, for_change=True)
            assert row is not None
            clients.remove(row, actor="root")
            return True

        assert together(provider, create, remove, change)[1]
        with provider.working():
            assert service.of_client(client_id) == []
