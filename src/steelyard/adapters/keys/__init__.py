"""Keys: who signs checkpoints.

Owns: making, keeping and using the Ed25519 key of a workspace's record.
Does not own: what is signed (`record.checkpoint`), verification (`record.note`).

Invariants: a private key never leaves its file; the file is readable by its owner only.
"""

from steelyard.adapters.keys.file import (
    FileSigner,
    load_signer,
    make_signer,
    make_successor,
    put_in_force,
    settle_keys,
)

__all__ = ["FileSigner", "load_signer", "make_signer", "make_successor", "put_in_force", "settle_keys"]
