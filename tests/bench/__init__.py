"""The benchmark: our server beside other providers, in one run. `docs/benchmark.md` tells how to run it and how it measures."""
