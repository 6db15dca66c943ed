"""The template: what Chalice finds in `app.py`, completed by everything it does not know."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from troposphere import Output, Ref, Template

from chalicelib.core.names import resource_name
from infra.alarms import add_alarms
from infra.buckets import VAULT, add_buckets
from infra.functions import FUNCTIONS, function_overlay
from infra.keys import add_keys
from infra.naming import arn_of, logical
from infra.parameters import add_parameters
from infra.providers import Provider, read_providers
from infra.queues import add_queues, queue_id
from infra.responses import gateway_responses
from infra.roles import add_roles
from infra.site import add_site
from infra.stages import Stage
from infra.tables import add_tables

API = "RestAPI"
API_STAGE = "api"


def overlay(stage: Stage, catalogue: Path) -> dict[str, Any]:
    """Return everything that the template says beside Chalice's part."""
    providers = read_providers(catalogue)
    template = Template(Description=f"Karibche, the citizen portal: {stage.name}")
    add_parameters(template, stage, providers)
    add_keys(template, stage.name, providers)
    add_tables(template, stage.name)
    add_queues(template, stage.name, providers)
    add_buckets(template, stage.name)
    add_roles(template, stage.name, providers)
    add_alarms(template, stage.name, providers, api_name(stage))
    add_site(template, stage.name)
    _add_outputs(template, providers)
    return merged(dict(template.to_dict()), _chalice_resources(stage, providers))


def complete(chalice_template: Mapping[str, Any], stage: Stage, catalogue: Path) -> dict[str, Any]:
    """Return the whole SAM template.

    Raises ValueError when Chalice found a function of which `infra.functions` does not know, or the reverse:
    such a function would run without a role of its own.
    """
    found = {
        name
        for name, resource in chalice_template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    known = {function.id for function in FUNCTIONS.values()}
    if found != known:
        raise ValueError(f"functions of app.py and of infra.functions differ: {sorted(found ^ known)}")
    base = {**chalice_template, "Resources": dict(chalice_template["Resources"])}
    for name in found:
        properties = dict(base["Resources"][name]["Properties"])
        # Chalice's own event sources have placeholders for ARNs; ours stand in their place.
        properties.pop("Events", None)
        base["Resources"][name] = {**base["Resources"][name], "Properties": properties}
    return merged(base, overlay(stage, catalogue))


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` laid on it: mappings merge, anything else is replaced.

    An intrinsic function replaces whatever was there, so that no property ends with two.
    """
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping) and not _is_intrinsic(value):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def api_name(stage: Stage) -> str:
    """Return the API's name, by which its metrics are found."""
    return resource_name(stage.name, "api")


def _is_intrinsic(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref", "Condition"))


def _chalice_resources(stage: Stage, providers: tuple[Provider, ...]) -> dict[str, Any]:
    """Return what is laid on the resources that Chalice writes, as plain values."""
    resources: dict[str, Any] = {
        API: {
            "Properties": {
                "Name": api_name(stage),
                "DefinitionBody": {"info": {"title": api_name(stage)}},
                "GatewayResponses": gateway_responses(),
            }
        },
        **function_overlay(stage, providers),
    }
    plain: dict[str, Any] = json.loads(json.dumps(resources, default=lambda value: value.to_dict()))
    # Without it SAM publishes a second stage, named `Stage`.
    return {"Globals": {"Api": {"OpenApiVersion": "2.0"}}, "Resources": plain}


def _add_outputs(template: Template, providers: tuple[Provider, ...]) -> None:
    """Add what tools need to find; Chalice adds `RestAPIId` and `EndpointURL`."""
    queues = ("mail", "replies-refused", *(thing for p in providers for thing in (p.requests, p.replies)))
    for name, value in (
        ("DataKeyArn", arn_of("data", "Key")),
        ("LookupKeyArn", arn_of("lookup", "Key")),
        ("VaultBucketName", Ref(VAULT)),
        *((logical(thing, "QueueUrl"), Ref(queue_id(thing))) for thing in queues),
    ):
        template.add_output(Output(name, Value=value))
