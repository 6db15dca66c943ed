"""The OpenAPI 3.1 document of the API, made from what the endpoints state."""

import re
from typing import Any

from chalicelib.core.http import Endpoint, endpoints
from chalicelib.core.principal import Auth

_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "page": {"type": "string"},
                },
                "required": ["pointer", "code", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance"],
}
_SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    Auth.PUBLIC: [],
    Auth.CITIZEN_IF_ANY: [{}, {"citizen": []}],
    Auth.CITIZEN_ENTERING: [{"citizen": []}],
    Auth.CITIZEN: [{"citizen": []}],
    Auth.OPERATOR_IF_ANY: [{}, {"operator": []}],
    Auth.OPERATOR: [{"operator": []}],
}


def document() -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints():
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Karibche",
            "version": "1",
            "description": "The citizen portal's interface. Errors are RFC 9457 problems in the asked language.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM},
            "securitySchemes": {
                "citizen": {"type": "apiKey", "in": "cookie", "name": "__Host-karibche-citizen"},
                "operator": {"type": "apiKey", "in": "cookie", "name": "__Host-karibche-operator"},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.area],
        "summary": endpoint.summary,
        "security": _SECURITY[endpoint.auth],
        "parameters": _parameters(endpoint),
        "responses": {str(endpoint.status): _success(endpoint), "default": _failure()},
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": endpoint.body}},
        }
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", endpoint.path)
    found = [_parameter("path", name, {"type": "string"}, required=True) for name in names]
    found.append(_parameter("header", "Accept-Language", {"enum": ["ka", "en"]}))
    if endpoint.idempotent:
        key = {"type": "string", "minLength": 1, "maxLength": 128}
        found.append(_parameter("header", "Idempotency-Key", key, required=True))
    if endpoint.if_match:
        found.append(_parameter("header", "If-Match", {"type": "string"}, required=True))
    found.extend(_parameter("query", name, dict(schema)) for name, schema in endpoint.query.items())
    if endpoint.paged:
        found.append(_parameter("query", "limit", {"type": "integer", "minimum": 1, "maximum": 100}))
        found.append(_parameter("query", "cursor", {"type": "string"}))
    return found


def _parameter(place: str, name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"in": place, "name": name, "required": required, "schema": schema}


def _success(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.answer is None:
        return {"description": "Done"}
    return {"description": "Done", "content": {"application/json": {"schema": endpoint.answer}}}


def _failure() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "A problem", "content": {"application/problem+json": {"schema": schema}}}
