"""A small HTTP client that behaves as the site's pages do: cookies, one origin, JSON."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 40.0


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.content)

    @property
    def etag(self) -> str:
        """The version of what was answered."""
        return self.headers["etag"]


@dataclass
class ApiClient:
    """One person's browser at the portal on `port`: keeps its cookies, sends what a page of the site sends.

    `key=True` adds a fresh `Idempotency-Key`, a text adds that one. A body that is not bytes is sent as JSON.
    """

    port: int
    language: str = "ka"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more: Any) -> Answer:
        """GET `/api` + `path`."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        """POST to `/api` + `path`."""
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        """PUT to `/api` + `path`."""
        return self.call("PUT", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Answer:
        """PATCH `/api` + `path`."""
        return self.call("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        """DELETE `/api` + `path`."""
        return self.call("DELETE", path, **more)

    def call(  # noqa: PLR0913  # each is a header of the API
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: bool | str = False,
        match: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the API as the site would."""
        said = {
            "Accept": "application/json",
            "Accept-Language": self.language,
            "Origin": f"http://localhost:{self.port}",
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Mode": "cors",
        }
        if body is not None:
            said["Content-Type"] = "application/json"
        if key:
            said["Idempotency-Key"] = key if isinstance(key, str) else str(uuid.uuid4())
        if match is not None:
            said["If-Match"] = match
        content = body if isinstance(body, bytes) else _json(body)
        return self.request(method, f"/api{path}", content, {**said, **(headers or {})})

    def request(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send exactly this, with the cookies, and keep those that come back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        said = {"Host": f"localhost:{self.port}", **(headers or {})}
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body=content, headers=said)
            response = connection.getresponse()
            received = response.read()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or ():
            self._keep(line)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, received)

    def _keep(self, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0" or morsel.value == "":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def _json(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body, ensure_ascii=False).encode()


def eventually(check: Any, *, seconds: float = 30.0, every: float = 0.1, what: str = "what was waited for") -> Any:
    """The first true answer of `check()`. Raises TimeoutError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(every)
