"""Backups: the whole database in one encrypted file, and back (`idp backup`, `idp restore`).

`archive` is the file, `on_sqlite` and `on_postgresql` copy a database while it is in use, and `running` is the whole of it.
"""
