"""Which claims go with a client or a scope, beside the standard ones: rows of claim, source and place, set by administrators."""

from idp.clients.mapping.rules import BUILT_IN, FIELDS, PLACES, SOURCES, Mapper, check, read
from idp.clients.mapping.scopes import hold, of_scope

__all__ = ["BUILT_IN", "FIELDS", "PLACES", "SOURCES", "Mapper", "check", "hold", "of_scope", "read"]
