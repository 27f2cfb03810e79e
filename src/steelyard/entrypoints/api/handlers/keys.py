"""API keys: made, listed, revoked."""

from __future__ import annotations

from steelyard.access import ApiKey
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import keys as shapes
