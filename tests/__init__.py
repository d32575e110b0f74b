"""The tests of Gatehouse. `tests/<room>/test_<file>.py` mirrors `idp/`; `support/` starts what the tests talk to."""
