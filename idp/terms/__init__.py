"""Terms of service in versions: the one in force is accepted by everybody who signs in, and accepted anew where it changes.

Which is in force is a policy, so that every process knows it; the account remembers which it has accepted last. So nothing is asked of
the database for it, whether there are terms or not.
"""
