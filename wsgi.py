"""The WSGI entry point for servers that want one, such as `gunicorn wsgi:app`."""

from idp import create_app

app = create_app()
