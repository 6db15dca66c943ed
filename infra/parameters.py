"""What a deployment is told, and the conditions that follow from it."""

from typing import Any

from troposphere import Equals, Not, Parameter, Ref, Template

from infra.providers import Provider
from infra.stages import Stage

TRACED = "Traced"
PROTECTED = "Protected"
TLS_ONLY = "TlsOnly"
HAS_DOMAIN = "HasDomain"
HAS_ALARM_EMAIL = "HasAlarmEmail"


def add_parameters(template: Template, stage: Stage, providers: tuple[Provider, ...]) -> None:
    """Add the parameters with this stage's defaults, and the conditions.

    Only the values differ between stages: an embedded one starts with tables that can be deleted and
    endpoints that may be reached over HTTP. Elsewhere origin and sender have no default and must be given.
    """
    on_aws = "off" if stage.embedded else "on"
    for parameter in (
        _text("PublicOrigin", "Origin of the site, such as https://karibche.example", stage.public_origin),
        _text("MailSender", "Address from which the portal writes; verified in SES", stage.mail_sender),
        _optional("DomainName", "The site's domain; empty leaves out what only a domain needs"),
        _optional("AlarmEmail", "Address that is told of alarms; empty for none"),
        _switch("Tracing", "X-Ray traces of every function", "off"),
        _switch("DeletionProtection", "Tables refuse to be deleted", on_aws),
        _switch("RequireTls", "Queues and buckets refuse plain HTTP", on_aws),
    ):
        template.add_parameter(parameter)
    template.add_parameter(
        Parameter(
            "OriginSecret",
            Type="String",
            NoEcho=True,
            Default="",
            Description="What the edge sends as Karibche-Origin; without it nobody's word about the viewer counts",
        )
    )
    template.add_condition(TRACED, Equals(Ref("Tracing"), "on"))
    template.add_condition(PROTECTED, Equals(Ref("DeletionProtection"), "on"))
    template.add_condition(TLS_ONLY, Equals(Ref("RequireTls"), "on"))
    template.add_condition(HAS_DOMAIN, Not(Equals(Ref("DomainName"), "")))
    template.add_condition(HAS_ALARM_EMAIL, Not(Equals(Ref("AlarmEmail"), "")))
    for provider in providers:
        described = (
            f"ARN of the principal that acts as {provider.id}; "
            f"empty for this account's user {provider.default_user(stage.name)}"
        )
        template.add_parameter(_optional(provider.principal_parameter, described))
        template.add_condition(provider.principal_condition, Not(Equals(Ref(provider.principal_parameter), "")))


def _text(name: str, description: str, default: str) -> Any:
    given = {"Default": default} if default else {"MinLength": 1}
    return Parameter(name, Type="String", Description=description, **given)


def _optional(name: str, description: str) -> Any:
    return Parameter(name, Type="String", Description=description, Default="")


def _switch(name: str, description: str, default: str) -> Any:
    return Parameter(name, Type="String", Description=description, Default=default, AllowedValues=["on", "off"])
