"""The interfaces' own description: OpenAPI 3.1 at /openapi.json, and the same to read at /docs.

`document` makes it of the adapters' declarations, `members` turns schemas into tables, `views` serves both.
"""

from idp.contracts.openapi.views import bp

__all__ = ["bp"]
