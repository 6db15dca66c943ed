"""What only a deployment with a domain of its own has; it stands behind the condition `HasDomain`."""

from typing import Any

from troposphere import Ref, Template
from troposphere.cloudfront import (
    ContentSecurityPolicy,
    ContentTypeOptions,
    CustomHeader,
    CustomHeadersConfig,
    FrameOptions,
    ReferrerPolicy,
    ResponseHeadersPolicy,
    ResponseHeadersPolicyConfig,
    SecurityHeadersConfig,
    StrictTransportSecurity,
)

from chalicelib.core.names import resource_name
from infra.headers import HSTS_SECONDS, SECURITY_HEADERS
from infra.parameters import HAS_DOMAIN

# CloudFront takes these only in fields of their own, the others as custom headers.
_OWN_FIELDS = {
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
}


def add_site(template: Template, stage: str) -> None:
    """Add the security headers that CloudFront puts on every answer."""
    template.add_resource(
        ResponseHeadersPolicy(
            "SecurityHeaders",
            Condition=HAS_DOMAIN,
            ResponseHeadersPolicyConfig=ResponseHeadersPolicyConfig(
                Name=resource_name(stage, "security-headers"),
                Comment=Ref("DomainName"),
                SecurityHeadersConfig=_security_headers(),
                CustomHeadersConfig=CustomHeadersConfig(
                    Items=[
                        CustomHeader(Header=name, Value=value, Override=True)
                        for name, value in SECURITY_HEADERS.items()
                        if name not in _OWN_FIELDS
                    ]
                ),
            ),
        )
    )


def _security_headers() -> Any:
    return SecurityHeadersConfig(
        ContentSecurityPolicy=ContentSecurityPolicy(
            ContentSecurityPolicy=SECURITY_HEADERS["Content-Security-Policy"], Override=True
        ),
        ContentTypeOptions=ContentTypeOptions(Override=True),
        FrameOptions=FrameOptions(FrameOption=SECURITY_HEADERS["X-Frame-Options"], Override=True),
        ReferrerPolicy=ReferrerPolicy(ReferrerPolicy=SECURITY_HEADERS["Referrer-Policy"], Override=True),
        StrictTransportSecurity=StrictTransportSecurity(
            AccessControlMaxAgeSec=HSTS_SECONDS, IncludeSubdomains=True, Override=True
        ),
    )
