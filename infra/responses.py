"""Answers that API Gateway gives without asking a function, in the API's own error format.

The gateway fills in `$context` and nothing else, so these speak the portal's default language; the site
finds its own words by `type`.
"""

import json
from dataclasses import dataclass
from typing import Any

from chalicelib.core.texts import DEFAULT_LANGUAGE, text

_REQUEST_ID = "$context.requestId"
_RETRY_MINUTES = 1


@dataclass(frozen=True)
class GatewayResponse:
    """What the gateway answers to one kind of refusal: `code` is one of the API's problem codes."""

    kind: str
    status: int
    code: str

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers, by name."""
        found = {
            "Content-Type": "application/problem+json; charset=utf-8",
            "Content-Language": DEFAULT_LANGUAGE,
            "Cache-Control": "no-store",
        }
        if self.status == 429:
            found["Retry-After"] = str(60 * _RETRY_MINUTES)
        return found

    @property
    def body(self) -> str:
        """Return the template of the body, in ASCII, because the gateway states no character set of its own."""
        words = {
            part: text(DEFAULT_LANGUAGE, "problems", self.code, part, minutes=_RETRY_MINUTES, instance=_REQUEST_ID)
            for part in ("title", "detail")
        }
        return json.dumps(
            {
                "type": f"urn:karibche:problem:{self.code}",
                "title": words["title"],
                "status": self.status,
                "detail": words["detail"],
                "instance": f"urn:karibche:request:{_REQUEST_ID}",
            }
        )

    @property
    def parameters(self) -> dict[str, str]:
        """Return the headers as API Gateway's own API wants them."""
        return {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in self.headers.items()}


GATEWAY_RESPONSES = (
    # An unknown path or method: the gateway calls that a missing token.
    GatewayResponse("MISSING_AUTHENTICATION_TOKEN", 404, "not-found"),
    GatewayResponse("RESOURCE_NOT_FOUND", 404, "not-found"),
    GatewayResponse("REQUEST_TOO_LARGE", 413, "body-too-large"),
    GatewayResponse("UNSUPPORTED_MEDIA_TYPE", 415, "unsupported-media-type"),
    GatewayResponse("THROTTLED", 429, "too-many-attempts"),
    GatewayResponse("QUOTA_EXCEEDED", 429, "too-many-attempts"),
    GatewayResponse("ACCESS_DENIED", 403, "forbidden"),
    GatewayResponse("WAF_FILTERED", 403, "forbidden"),
    GatewayResponse("INTEGRATION_FAILURE", 503, "unavailable"),
    GatewayResponse("INTEGRATION_TIMEOUT", 503, "unavailable"),
    GatewayResponse("DEFAULT_4XX", 400, "malformed-body"),
    GatewayResponse("DEFAULT_5XX", 500, "internal"),
)


def gateway_responses() -> dict[str, Any]:
    """Return the responses as SAM's `GatewayResponses`."""
    return {
        response.kind: {
            "StatusCode": str(response.status),
            "ResponseParameters": {
                "Headers": {name: f"'{value}'" for name, value in response.headers.items()},
            },
            "ResponseTemplates": {"application/json": response.body},
        }
        for response in GATEWAY_RESPONSES
    }


def put_gateway_responses(client: Any, api_id: str, stage_name: str) -> None:
    """Set the same responses through API Gateway's API: for a cloud that does not take them from a template."""
    for response in GATEWAY_RESPONSES:
        client.put_gateway_response(
            restApiId=api_id,
            responseType=response.kind,
            statusCode=str(response.status),
            responseParameters=response.parameters,
            responseTemplates={"application/json": response.body},
        )
    client.create_deployment(restApiId=api_id, stageName=stage_name)
