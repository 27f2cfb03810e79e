"""The adapter that has entries hashed by a process of its own, beside the one that takes them in.

Owns: that process, the way there and back, and what happens when it fails. Does not own: what is hashed, and
how; that is `hash_entries` of the record, and the answer is the same wherever it is computed.
"""

from __future__ import annotations

from steelyard.adapters.sealing.process import SealingProcess

__all__ = ["SealingProcess"]
