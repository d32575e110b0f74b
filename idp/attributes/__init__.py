"""Attributes of people: what administrators want to know of them, as data. Each has a name, a kind and rules of who sees and edits it.

Some are custom; others say of a standard field of the profile (`definition.STANDARD`) that it is required, or asked for at sign-up. What
people have in them is the accounts' own (`accounts.attribute_values`).
"""
