"""Who may get an account by themselves: the sign-up policy, which holds wherever somebody signs up, and again where the account is made.

Operators and imports are not bound by it. `service` is what other rooms call.
"""
