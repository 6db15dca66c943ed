"""Documents of citizens; today the attachments of replies."""

from chalicelib.vault.repository import document_id_of, link, store

__all__ = ["document_id_of", "link", "store"]
