"""Providers: the channels over which they get requests and give replies. Today: SQS."""

from chalicelib.providers.sqs import deliver

__all__ = ["deliver"]
