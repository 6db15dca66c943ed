"""The portal's terms: their versions, and who accepted which."""

from chalicelib.terms.versions import current_version

__all__ = ["current_version"]
