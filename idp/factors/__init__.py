"""Second factors: authenticator apps, recovery codes, passkeys, and the policy that asks for them.

Any authenticator app or passkey of an account makes its password alone insufficient, at every way in. This room knows
accounts, and nothing of pages.
"""
