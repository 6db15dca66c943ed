"""The API in this process: a person's browser whose requests go straight into the application."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from local.client import Answer, ApiClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalice.app import Chalice


class NoSuchRouteError(Exception):
    """The application has no route for this."""


class InProcessClient(ApiClient):
    """An `ApiClient` that calls the application as API Gateway would, without one."""

    def __init__(self, app: Chalice, port: int) -> None:
        super().__init__(port)
        self._app = app

    def request(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Hand exactly this to the application, with the cookies, and keep those that come back."""
        said = dict(headers or {})
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer: Mapping[str, Any] = self._app(self._event(method, path, content, said), None)
        several = {name.lower(): values for name, values in answer["multiValueHeaders"].items()}
        for line in several.get("set-cookie", ()):
            self._keep(line)
        single = {name.lower(): value for name, value in answer["headers"].items()}
        return Answer(int(answer["statusCode"]), single, answer["body"].encode())

    def _event(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> dict[str, Any]:
        url = urlsplit(path.removeprefix("/api"))
        route, params = matched(self._app.routes, method, url.path)
        return {
            "requestContext": {
                "httpMethod": method,
                "resourcePath": route,
                "requestId": "bench",
                "path": url.path,
            },
            "headers": headers,
            "multiValueQueryStringParameters": parse_qs(url.query) or None,
            "pathParameters": params,
            "stageVariables": None,
            "body": content.decode() if content is not None else None,
            "isBase64Encoded": False,
        }


def matched(routes: Mapping[str, Mapping[str, Any]], method: str, path: str) -> tuple[str, dict[str, str]]:
    """The route of a path, and what the path says for its parameters. Raises NoSuchRouteError."""
    for route in sorted(routes, key=lambda route: route.count("{")):
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route))
        found = re.fullmatch(pattern, path)
        if found and method in routes[route]:
            return route, found.groupdict()
    raise NoSuchRouteError(f"{method} {path}")
