"""Data protection: how long each kind of record is kept."""

from chalicelib.privacy.retention import Kept, kept_until

__all__ = ["Kept", "kept_until"]
