"""Reads the catalogue's sources and says everything that is wrong with them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

_SCHEMA = "service.schema.json"
_CATEGORIES = "categories.json"
_PROVIDER = "provider.json"
_LONGEST_FAULT = 200
_CHOICES = {"radio", "select", "checkboxes"}


@dataclass(frozen=True)
class Catalogue:
    """Categories in their order, providers and services by id, as their files say."""

    categories: list[dict[str, Any]]
    providers: dict[str, dict[str, Any]]
    services: dict[str, dict[str, Any]]


class CatalogueInvalid(Exception):
    """The catalogue cannot be published; the message has one line for each fault."""


def read_catalogue(folder: Path) -> Catalogue:
    """Return what lies in `folder`. Raises CatalogueInvalid with every fault that was found."""
    validator = Draft202012Validator(_load(folder / _SCHEMA))
    categories: list[dict[str, Any]] = _load(folder / _CATEGORIES)
    providers: dict[str, dict[str, Any]] = {}
    services: dict[str, dict[str, Any]] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*/*.json")):
        content, where = _load(path), path.relative_to(folder).as_posix()
        kind, known = ("provider", providers) if path.name == _PROVIDER else ("service", services)
        found = list(_provider_faults(content) if kind == "provider" else _schema_faults(validator, content))
        faults += [f"{where}: {fault}" for fault in found]
        if found:
            continue
        if content["id"] in known:
            faults.append(f"{where}: another {kind} is called {content['id']!r}")
        known[content["id"]] = content
    category_ids = {category["id"] for category in categories}
    for service in services.values():
        faults += [f"{service['id']}: {fault}" for fault in service_faults(service, category_ids, set(providers))]
    if faults:
        raise CatalogueInvalid("\n".join(faults))
    return Catalogue(categories, providers, services)


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CatalogueInvalid(f"{path.name}: not JSON: {error}") from error


def _schema_faults(validator: Draft202012Validator, service: Any) -> Iterator[str]:
    for error in validator.iter_errors(service):
        yield f"/{'/'.join(map(str, error.instance_path))}: {error.message[:_LONGEST_FAULT]}"


def _provider_faults(provider: Any) -> Iterator[str]:
    if not isinstance(provider, dict) or set(provider) != {"id", "name", "kind"}:
        yield "a provider has id, name and kind"
    elif set(provider["name"]) != {"ka", "en"} or not all(provider["name"].values()):
        yield "a provider has a name in ka and in en"


def service_faults(service: Mapping[str, Any], categories: set[str], providers: set[str]) -> Iterator[str]:
    """Yield what the schema cannot see: names that point nowhere, forms that do not fit their schema."""
    if service["category"] not in categories:
        yield f"there is no category {service['category']!r}"
    for addressee in service["addressees"]:
        if addressee not in providers:
            yield f"there is no provider {addressee!r}"
    yield from _form_faults(service["form"], service["addressees"])


def _form_faults(form: Mapping[str, Any], addressees: list[str]) -> Iterator[str]:
    schema = form["schema"]
    fields = [field for page in form["pages"] for field in page["fields"]]
    properties = schema["properties"]
    yield from _repeated("page", [page["id"] for page in form["pages"]])
    yield from _repeated("question", [field["path"] for field in fields])
    asked = {field["path"].split("/")[1] for field in fields}
    for name in sorted(set(properties) - asked):
        yield f"no question asks for {name!r}"
    for name in sorted(set(schema["required"]) - set(properties)):
        yield f"{name!r} is required, but no property"
    if sorted(properties.get("addressee", {}).get("enum", [])) != sorted(addressees):
        yield "the values of /addressee are not the addressees"
    if [field["widget"] for field in fields].count("addressee") != 1:
        yield "one question, and one only, asks for the addressee"
    for field in fields:
        yield from _field_faults(field, schema)
    for shown in (*form["pages"], *fields):
        for pointer in _pointers(shown.get("show_if")):
            if _at(schema, pointer) is None:
                yield f"a condition looks at {pointer}, which is no answer"


def _field_faults(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    answer = _at(schema, field["path"])
    if answer is None:
        yield f"{field['path']} is not in the form's schema"
    elif field["widget"] in _CHOICES:
        accepted = answer.get("items", answer).get("enum", [])
        offered = [option["value"] for option in field["options"]]
        if offered != accepted:
            yield f"{field['path']} offers {offered}, its schema accepts {accepted}"


def _repeated(kind: str, names: list[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{kind} {name!r} is there {times} times"


def _at(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any] | None:
    """Return the part of a form's schema that describes the answer at `pointer`."""
    found: Mapping[str, Any] | None = schema
    for step in pointer.split("/")[1:]:
        if found is None:
            return None
        found = found.get("items") if step.isdigit() else found.get("properties", {}).get(step)
    return found


def _pointers(condition: Any) -> Iterator[str]:
    """Yield the answers that a condition looks at."""
    if not isinstance(condition, list):
        return
    if condition and condition[0] == "var":
        yield condition[1]
        return
    for part in condition:
        yield from _pointers(part)
