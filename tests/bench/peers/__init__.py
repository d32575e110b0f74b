"""The providers of the run, the cheapest to install first."""

from tests.bench.peers.canaille import Canaille
from tests.bench.peers.dot import DjangoOauthToolkit
from tests.bench.peers.hydra import Hydra
from tests.bench.peers.keycloak import Keycloak
from tests.bench.peers.node import Node
from tests.bench.peers.ours import OnPostgresql, OnSqlite
from tests.bench.peers.peer import Peer

OURS: dict[str, type[Peer]] = {"postgresql": OnPostgresql, "sqlite": OnSqlite}
PEERS: dict[str, type[Peer]] = {
    "node": Node,
    "canaille": Canaille,
    "dot": DjangoOauthToolkit,
    "hydra": Hydra,
    "keycloak": Keycloak,
}
