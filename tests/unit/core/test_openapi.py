"""The description of the API: committed, current, and sound."""

import importlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

os.environ.setdefault("STAGE", "test")

from infra import openapi


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    importlib.import_module("app")
    from chalicelib.core.openapi import document

    return document()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_committed_description_is_current() -> None:
    committed = openapi.FILE.read_text(encoding="utf-8")
    assert committed == openapi.current(), "docs/openapi.json is out of date: make openapi renews it"


def test_a_change_of_an_endpoint_changes_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.core import http

    monkeypatch.setattr(http._registry, "endpoints", http.endpoints()[1:])
    assert openapi.FILE.read_text(encoding="utf-8") != openapi.current()


def test_every_endpoint_is_described_once(described: dict[str, Any]) -> None:
    from chalicelib.core.http import endpoints

    found = [(path, method.upper(), operation["operationId"]) for path, method, operation in operations(described)]
    assert sorted(found) == sorted((each.path, each.method, each.name) for each in endpoints())
    assert len({name for _, _, name in found}) == len(found)
    assert described["openapi"] == "3.1.0"


def test_every_parameter_of_a_path_is_declared(described: dict[str, Any]) -> None:
    for path, _, operation in operations(described):
        declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))
        assert all(each["required"] for each in operation["parameters"] if each["in"] == "path")


def test_every_schema_is_one_and_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def schemas(tree: Any) -> Iterator[Any]:
        if isinstance(tree, dict):
            if "schema" in tree:
                yield tree["schema"]
            for part in tree.values():
                yield from schemas(part)
        elif isinstance(tree, list):
            for part in tree:
                yield from schemas(part)

    found = list(schemas(described["paths"]))
    assert found
    for schema in found:
        if "$ref" in schema:
            assert schema["$ref"].removeprefix("#/components/schemas/") in described["components"]["schemas"]
        else:
            jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_headers_and_cookies_that_an_endpoint_asks_for_are_told(described: dict[str, Any]) -> None:
    from chalicelib.core.http import endpoints
    from chalicelib.core.principal import Auth

    for endpoint in endpoints():
        operation = described["paths"][endpoint.path][endpoint.method.lower()]
        headers = {each["name"] for each in operation["parameters"] if each["in"] == "header" and each["required"]}
        assert ("Idempotency-Key" in headers) == endpoint.idempotent
        assert ("If-Match" in headers) == endpoint.if_match
        asked = {name for choice in operation["security"] for name in choice}
        open_to_all = operation["security"] == [] or {} in operation["security"]
        assert open_to_all == (endpoint.auth in {Auth.PUBLIC, Auth.CITIZEN_IF_ANY, Auth.OPERATOR_IF_ANY})
        assert asked <= set(described["components"]["securitySchemes"])


def test_the_cookies_that_are_described_are_those_that_are_set(described: dict[str, Any]) -> None:
    from chalicelib.auth import sessions

    schemes = described["components"]["securitySchemes"]
    assert {role: scheme["name"] for role, scheme in schemes.items()} == sessions._COOKIE


def test_the_file_is_utf8_json_with_a_last_line_break() -> None:
    content = openapi.FILE.read_bytes()
    assert content.endswith(b"}\n")
    assert json.loads(content)["info"]["license"]["identifier"] == "EUPL-1.2"
