"""HTTP, once for all areas: who may call, what comes in, what goes out, and what an error looks like.

Errors are RFC 9457 problems in the asked language. Chalice turns exceptions into responses before its
middleware sees them, so a view wrapper maps them.
"""

import functools
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalice.app import Blueprint, Chalice, Request, Response

from chalicelib.core import observability
from chalicelib.core.errors import (
    BodyTooLarge,
    CrossSite,
    Failure,
    FieldError,
    IdempotencyKeyMissing,
    Internal,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    PreconditionRequired,
    UnsupportedMediaType,
    ValidationFailed,
)
from chalicelib.core.principal import Auth, Principal
from chalicelib.core.problems import problem
from chalicelib.core.settings import settings
from chalicelib.core.texts import Language, language_of
from chalicelib.core.validation import field_errors

MAX_BODY_BYTES = 256 * 1024
PAGE_LIMIT = 25
MAX_PAGE_LIMIT = 100
_MAX_KEY_LENGTH = 128
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_REPLACEMENT_CHARACTER = "�"


@dataclass(frozen=True)
class Call:
    """A request after its checks."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: dict[str, Any]
    language: Language
    network: str
    principal: Principal | None = None

    @property
    def caller(self) -> Principal:
        """Return who calls. Raises RuntimeError on an endpoint that is open to everybody."""
        if self.principal is None:
            raise RuntimeError("this endpoint states no authentication")
        return self.principal

    @property
    def in_background(self) -> bool:
        """Tell whether the page asks by itself, not the person."""
        return "karibche-background" in self.headers

    def expected_version(self) -> int:
        """Return the version that `If-Match` names, -1 for one that we never gave.

        Weak tags are accepted: a CDN may weaken ours. Raises PreconditionRequired.
        """
        tag = self.headers.get("if-match", "").strip()
        if not tag:
            raise PreconditionRequired
        found = re.fullmatch(r'(?:W/)?"(\d{1,12})"', tag)
        return int(found[1]) if found else -1

    def idempotency_key(self) -> str:
        """Return the caller's key. Raises IdempotencyKeyMissing."""
        key = self.headers.get("idempotency-key", "").strip()
        if not 0 < len(key) <= _MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
            raise IdempotencyKeyMissing
        return key

    def page(self) -> tuple[int, str | None]:
        """Return how many items a list shall hold, and its page token."""
        limit = self.query.get("limit", str(PAGE_LIMIT))
        if not re.fullmatch(r"\d{1,3}", limit) or not 0 < int(limit) <= MAX_PAGE_LIMIT:
            wrong = FieldError("/limit", "range", {"min": 1, "max": MAX_PAGE_LIMIT})
            raise ValidationFailed(errors=[wrong])
        return int(limit), self.query.get("cursor")


@dataclass(frozen=True)
class Answer:
    """What an endpoint says: a JSON object, its version as ETag, cookies to set."""

    body: Mapping[str, Any] | None = None
    version: int | None = None
    cookies: tuple[str, ...] = ()
    location: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as its decorator states it; the OpenAPI document is made of these."""

    method: str
    path: str
    name: str
    area: str
    auth: Auth
    summary: str
    status: int
    body: Mapping[str, Any] | None
    answer: Mapping[str, Any] | None
    idempotent: bool
    if_match: bool
    paged: bool
    query: Mapping[str, Mapping[str, Any]]


Handler = Callable[[Call], Answer]
Authenticator = Callable[[Call, Auth], Principal | None]


@dataclass
class _Registry:
    endpoints: list[Endpoint] = field(default_factory=list)
    authenticator: Authenticator | None = None


_registry = _Registry()


def endpoints() -> list[Endpoint]:
    """Return every endpoint of the API."""
    return sorted(_registry.endpoints, key=lambda endpoint: (endpoint.path, endpoint.method))


def authenticate_with(authenticator: Authenticator) -> None:
    """Say who decides whose session a call carries. The application calls this once."""
    _registry.authenticator = authenticator


class Routes(Blueprint):
    """A blueprint whose endpoints can't be declared without their authentication."""

    def endpoint(  # noqa: PLR0913 - one argument per fact that the contract states
        self,
        method: str,
        path: str,
        *,
        auth: Auth,
        summary: str,
        status: int = 200,
        body: Mapping[str, Any] | None = None,
        answer: Mapping[str, Any] | None = None,
        idempotent: bool = False,
        if_match: bool = False,
        paged: bool = False,
        query: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare an endpoint. `body`, `answer` and the values of `query` are JSON Schemas."""

        def declare(handler: Handler) -> Handler:
            declared = Endpoint(
                method=method,
                path=path,
                name=handler.__name__,
                area=handler.__module__.split(".")[1],
                auth=auth,
                summary=summary,
                status=status,
                body=body,
                answer=answer,
                idempotent=idempotent,
                if_match=if_match,
                paged=paged,
                query=query or {},
            )
            if all(known.name != declared.name for known in _registry.endpoints):
                _registry.endpoints.append(declared)

            @functools.wraps(handler)
            def view(**params: str) -> Response:
                return _serve(self.current_request, params, declared, handler)

            self.route(path, methods=[method], name=handler.__name__)(view)
            return handler

        return declare


def translate_chalice_errors(event: Request, get_response: Callable[[Any], Response]) -> Response:
    """Turn the errors that Chalice answers by itself into problems (a middleware)."""
    response = get_response(event)
    code = response.body.get("Code") if isinstance(response.body, dict) else None
    if code is None:
        return response
    failure: Failure = {
        "UnsupportedMediaType": UnsupportedMediaType,
        "MethodNotAllowedError": MethodNotAllowed,
    }.get(code, Internal)()
    return problem(failure, language_of(event.headers.get("accept-language")), _request_id(event))


def install(app: Chalice) -> None:
    """Put what every endpoint shares into the application."""
    app.register_middleware(translate_chalice_errors, "http")


def _serve(request: Request, params: Mapping[str, str], endpoint: Endpoint, handler: Handler) -> Response:
    language = language_of(request.headers.get("accept-language"))
    request_id = _request_id(request)
    try:
        call = _authenticated(_call(request, params, endpoint, language), endpoint.auth)
        _refuse_what_no_id_looks_like(params)
        call = replace(call, body=_body(request, call.headers, endpoint.body))
        with observability.traced(endpoint.name, request=request_id):
            answer = handler(call)
        response = _response(answer, endpoint.status)
        code = "ok"
    except Failure as failure:
        response = problem(failure, language, request_id)
        code = failure.code
    except Exception as error:  # noqa: BLE001 - the last resort: nothing of the error reaches the caller
        observability.log_fault("api.fault", error, request=request_id, endpoint=endpoint.name)
        response = problem(Internal(), language, request_id)
        code = Internal.code
    observability.log(
        "api.call", request=request_id, endpoint=endpoint.name, status=response.status_code, code=code
    )
    return response


def _call(request: Request, params: Mapping[str, str], endpoint: Endpoint, language: Language) -> Call:
    headers = {str(name).lower(): value for name, value in dict(request.headers).items()}
    if endpoint.method not in _SAFE_METHODS:
        _refuse_cross_site(headers)
    return Call(
        method=endpoint.method,
        path=endpoint.path,
        params=params,
        query=dict(request.query_params or {}),
        headers=headers,
        cookies=_cookies(headers.get("cookie", "")),
        body={},  # nothing of it is read before it is known who calls
        language=language,
        network=_network(_viewer(request, headers)),
    )


def _refuse_cross_site(headers: Mapping[str, str]) -> None:
    """Raise CrossSite unless the page that asks is ours (OWASP ASVS 5.0, 3.5)."""
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise CrossSite
    if origin is not None and origin != settings().public_origin:
        raise CrossSite


def _refuse_what_no_id_looks_like(params: Mapping[str, str]) -> None:
    """Raise NotFound for a path that can't lead anywhere: no table is asked for a name that it can't have."""
    if not all(_ID.fullmatch(value) for value in params.values()):
        raise NotFound


def _body(request: Request, headers: Mapping[str, str], schema: Mapping[str, Any] | None) -> dict[str, Any]:
    raw = request.raw_body
    if len(raw) > MAX_BODY_BYTES:
        raise BodyTooLarge
    if schema is None:
        return {}
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    body = _parsed(raw if isinstance(raw, bytes) else raw.encode())
    try:
        errors = field_errors(schema, body)
    except ValueError as error:  # nested deeper than the validator follows
        raise MalformedBody from error
    if errors:
        raise ValidationFailed(errors=errors)
    return body


def _parsed(raw: bytes) -> dict[str, Any]:
    """Return the object in `raw`. The gateway turns invalid UTF-8 into U+FFFD, so that is refused too."""
    try:
        decoded = raw.decode()
        value = json.loads(decoded, parse_constant=_no_constant)
        value_text = json.dumps(value, ensure_ascii=False)
        value_text.encode()
    except (ValueError, RecursionError) as error:
        raise MalformedBody from error
    if not isinstance(value, dict) or _REPLACEMENT_CHARACTER in value_text:
        raise MalformedBody
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _authenticated(call: Call, auth: Auth) -> Call:
    if _registry.authenticator is None:
        raise RuntimeError("the application names no authenticator")
    principal = _registry.authenticator(call, auth)
    return replace(call, principal=principal)


def _cookies(header: str) -> dict[str, str]:
    """Return the cookies of a call; one that is odd must not hide the others, so nothing else is parsed."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, equals, value in pairs if equals}


def _viewer(request: Request, headers: Mapping[str, str]) -> str:
    """Return `address:port` of who calls: as the edge says, if it is ours, otherwise as the gateway saw it."""
    secret = settings().origin_secret
    if secret and secrets.compare_digest(headers.get("karibche-origin", "").encode(), secret.encode()):
        return headers.get("cloudfront-viewer-address", "")
    identity = (request.context or {}).get("identity") or {}
    return f"{identity.get('sourceIp', '')}:0"


def _network(viewer: str) -> str:
    """Return the caller's network: an IPv4 /24 or an IPv6 /48. CloudFront tells `address:port`."""
    address = viewer.rsplit(":", 1)[0].strip("[]")
    if ":" in address:
        return ":".join(address.split(":")[:3])
    return ".".join(address.split(".")[:3])


def _request_id(request: Request) -> str:
    context = request.context or {}
    return str(context.get("requestId", "unknown"))


def _response(answer: Answer, status: int) -> Response:
    headers: dict[str, Any] = {"Cache-Control": "no-store"}
    if answer.version is not None:
        headers["ETag"] = f'"{answer.version}"'
    if answer.cookies:
        headers["Set-Cookie"] = list(answer.cookies)
    if answer.location:
        headers["Location"] = answer.location
    if answer.body is None:
        return Response(body="", headers=headers, status_code=status)
    headers["Content-Type"] = "application/json; charset=utf-8"
    return Response(body=json.dumps(answer.body, ensure_ascii=False), headers=headers, status_code=status)
