"""Filling a database as years of use would, to measure what grows with it: `make seed`. `docs/benchmark.md` tells how."""
