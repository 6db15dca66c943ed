"""Versions of services. A version never changes; `current` is a copy of the newest one."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.catalogue.service import Service
from chalicelib.core.tables import Refused, Table, Together, find, table_name

_CURRENT = "current"
_HELD = 64


class CatalogueTable(Table):
    """One version of a service."""

    thing = "catalogue"

    class Meta:
        """Where it lies."""

        table_name = table_name("catalogue")

    service_id = UnicodeAttribute(hash_key=True)
    version = UnicodeAttribute(range_key=True)
    number = NumberAttribute(null=True)
    definition = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


class VersionExists(Exception):
    """This version was published with other content."""


class VersionOutdated(Exception):
    """A newer version was published."""


def current(service_id: str) -> Service | None:
    """Return the newest version of a service."""
    item = find(CatalogueTable, service_id, _CURRENT, consistent=False)
    return _service(item) if item else None


@lru_cache(maxsize=_HELD)
def version(service_id: str, number: int) -> Service:
    """Return a published version. Raises KeyError."""
    item = find(CatalogueTable, service_id, _name(number), consistent=False)
    if item is None:
        raise KeyError(service_id)
    return _service(item)


def put_version(definition: Mapping[str, Any]) -> bool:
    """Publish a version; return False when exactly this one is there. Raises VersionExists, VersionOutdated."""
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True)
    service_id, number = definition["id"], int(definition["version"])
    together = Together()
    together.create("version", CatalogueTable(service_id=service_id, version=_name(number), definition=text))
    newest = CatalogueTable(service_id=service_id, version=_CURRENT, number=number, definition=text)
    older = CatalogueTable.service_id.does_not_exist() | (CatalogueTable.number < number)
    together.replace("current", newest, older)
    try:
        together.commit()
    except Refused as refused:
        if refused.labels == {"current"}:
            raise VersionOutdated(f"{service_id} {number}") from refused
        known = find(CatalogueTable, service_id, _name(number))
        if known is None or known.definition != text:
            raise VersionExists(f"{service_id} {number}") from refused
        return False
    return True


def _service(item: CatalogueTable) -> Service:
    definition = json.loads(item.definition)
    return Service(service_id=item.service_id, version=int(definition["version"]), definition=definition)


def _name(number: int) -> str:
    return f"{number:06d}"
