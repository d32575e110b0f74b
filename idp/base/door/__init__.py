"""The programs' door: a small WSGI application in front of Flask's, for who calls without a cookie and wants no page.

It has the services, the transaction and the bounds of every request, and nothing else: no session, no CSRF token, no locale, no sign-in.
`asked` is a request, `answer` its answer, `frame` what happens around both.
"""
