"""The benchmark: requests per second and latency of the real server, beside its own bare route. `docs/benchmark.md` explains it."""
