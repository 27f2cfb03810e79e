"""The fields that everything defined in a catalog shares: key, name, owner, definition."""

from __future__ import annotations

from steelyard.catalog.fields import KEY, TEXT, Field

KEY_FIELD = Field("key", KEY, "the name by which everything else refers to it", required=True)
NAME_FIELD = Field("name", TEXT, "what documents call it", required=True)
OWNER_FIELD = Field("owner", TEXT, "the person or team who answers for it", required=True)
DEFINITION_FIELD = Field("definition", TEXT, "the one public definition, in a sentence", required=True)

DEFINED = (KEY_FIELD, NAME_FIELD, OWNER_FIELD, DEFINITION_FIELD)
