"""Configuration as code: a file that says which clients, groups, scopes, roles, providers and policies there are, and bringing them there.

`document` reads the file, `form` says what may stand in it, `sections` look at what is there and change it through the rooms' own services,
`running` does all of it in one transaction, and `exporting` writes the same form. Called by `idp apply` and `idp export` alone.
"""
