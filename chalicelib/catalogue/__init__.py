"""The catalogue of services: what there is, who answers, which form."""

from chalicelib.catalogue.repository import current, version
from chalicelib.catalogue.service import Service, missing_for

__all__ = ["Service", "current", "missing_for", "version"]
