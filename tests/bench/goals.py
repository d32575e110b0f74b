"""What we set out to reach, each goal beside what the run found: ours on PostgreSQL against a peer in the same run."""

from typing import Any

# A row, a peer (the beginning of its name), and how many times the peer's rate ours should be.
GOALS = (
    ("discovery", "oidc-provider", 1.0),
    ("JWKS", "oidc-provider", 1.0),
    ("client credentials", "oidc-provider", 1.3),
    ("authorize with a session", "oidc-provider", 1.0),
    ("authorize with a session", "Keycloak", 4.0),
    ("code exchange", "oidc-provider", 1.2),
    ("code exchange", "Keycloak", 4.0),
    ("refresh", "oidc-provider", 1.2),
    ("refresh", "Keycloak", 4.0),
    ("rotating refresh", "oidc-provider", 1.5),
    ("rotating refresh", "Keycloak", 4.0),
    ("userinfo", "Hydra", 1.5),
    ("userinfo", "oidc-provider", 1.0),
    ("introspection", "Hydra", 1.5),
    ("introspection", "oidc-provider", 1.0),
    ("sign-in page", "Keycloak", 3.0),
    ("password sign-in to code", "Keycloak", 1.5),
)
HASH_SHARE = 0.85  # of the CPU of a sign-in
FIRST_ANSWER = 1.0  # seconds


def table(result: dict[str, Any]) -> str:
    """Return the goals whose both servers are in the result: by rate, and by CPU a request, where other work disturbs less."""
    servers = {server["name"]: server for server in result["servers"]}
    ours = servers.get("Gatehouse, PostgreSQL")
    lines = ["| row | beside | goal | by rate | by CPU | |", "| --- | --- | --- | --- | --- | --- |"]
    if ours is None:
        return "\n".join(lines)
    for row, peer, goal in GOALS:
        other = next((server for name, server in servers.items() if name.startswith(peer)), None)
        mine, theirs = ours["rows"].get(row, {}), other["rows"].get(row, {}) if other else {}
        if "per_second" in mine and "per_second" in theirs:
            rate, cpu = mine["per_second"] / theirs["per_second"], theirs["cpu_ms"] / max(mine["cpu_ms"], 0.001)
            lines.append(
                f"| {row} | {peer} | {goal} x | {rate:.2f} x | {cpu:.2f} x | {_reached(max(rate, cpu) >= goal)} |"
            )
    hashed = next((part["cpu_ms"] for part in result["limits"]["parts"] if part["name"] == "hash"), None)
    sign_in = ours["rows"].get("password sign-in to code", {}).get("cpu_ms")
    if hashed and sign_in:
        share = hashed / sign_in
        lines.append(
            f"| password sign-in to code | the hash alone | {HASH_SHARE:.0%} | - | {share:.0%} | {_reached(share >= HASH_SHARE)} |"
        )
    first = ours["first_answer"]
    lines.append(f"| first answer | - | {FIRST_ANSWER} s | {first:.2f} s | - | {_reached(first < FIRST_ANSWER)} |")
    return "\n".join(lines)


def _say(by_rate: bool, by_cpu: bool) -> str:
    if by_rate == by_cpu:
        return _reached(by_rate)
    return "by rate alone" if by_rate else "by CPU alone"


def _reached(is_reached: bool) -> str:
    return "reached" if is_reached else "missed"
