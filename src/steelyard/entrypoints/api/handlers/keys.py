"""API keys: made, listed, revoked."""

from __future__ import annotations

