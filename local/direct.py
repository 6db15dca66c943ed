"""The API's function called in this process: the client of `local.client`, without gateway and without cloud.

For tests that move the clock, count work or plant faults; `in_process` of `local.testing` gives the environment.
"""

from __future__ import annotations

import importlib
import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from local.client import Answer, ApiClient

if TYPE_CHECKING:
    from collections.abc import Mapping

API = "/api"


class NoSuchRouteError(Exception):
    """The gateway would have answered this by itself."""


@dataclass
class DirectClient(ApiClient):
    """One person's browser; `viewer` is where CloudFront sees it."""

    viewer: str = "127.0.0.1:50000"

    def request(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Do what the gateway and Lambda do with exactly this. Raises NoSuchRouteError."""
        said = {
            "Host": f"localhost:{self.port}",
            "CloudFront-Viewer-Address": self.viewer,
            "Karibche-Origin": os.environ["ORIGIN_SECRET"],
            **(headers or {}),
        }
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        plain, _, query = path.removeprefix(API).partition("?")
        application: Any = importlib.import_module("app").app
        route, params = _route(application.routes, plain)
        event = {
            "resource": route,
            "path": plain,
            "httpMethod": method,
            "headers": said,
            "multiValueHeaders": {name: [value] for name, value in said.items()},
            "multiValueQueryStringParameters": parse_qs(query, keep_blank_values=True) or None,
            "pathParameters": params,
            "requestContext": {"resourcePath": route, "httpMethod": method, "requestId": str(uuid.uuid4())},
            # The gateway hands text to the function, and U+FFFD where it was none.
            "body": None if content is None else content.decode(errors="replace"),
            "isBase64Encoded": False,
            "stageVariables": None,
        }
        answer = application(event, None)
        several = {name.lower(): values for name, values in answer["multiValueHeaders"].items()}
        for line in several.get("set-cookie", ()):
            self._keep(line)
        single = {name.lower(): str(value) for name, value in answer["headers"].items()}
        joined = {name: ", ".join(values) for name, values in several.items()}
        return Answer(answer["statusCode"], single | joined, answer["body"].encode())


def _route(routes: Mapping[str, Any], path: str) -> tuple[str, dict[str, str]]:
    """The route that a path belongs to, as the gateway finds it, and its parameters."""
    steps = path.split("/")
    for route in sorted(routes, key=lambda route: route.count("{")):
        names = route.split("/")
        if len(names) == len(steps) and all(
            n.startswith("{") or n == s for n, s in zip(names, steps, strict=True)
        ):
            found = zip(names, steps, strict=True)
            return route, {name.strip("{}"): unquote(step) for name, step in found if name.startswith("{")}
    raise NoSuchRouteError(path)
