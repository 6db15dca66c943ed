"""A portal for the bench alone: ports and a folder of its own, beside one that runs."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

# It names the tables, before anything of the product is imported.
os.environ["STAGE"] = "test"

from local.cloud import ROOT_CREDENTIALS, free_port
from local.stack import Stack
from local.testing import new_state_dir

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def new_portal() -> Iterator[Stack]:
    """A portal that has not been started; what it keeps is deleted in the end."""
    stack = Stack("test", new_state_dir(), free_port(), free_port())
    try:
        yield stack
    finally:
        shutil.rmtree(stack.state_dir, ignore_errors=True)


@contextmanager
def running(stack: Stack) -> Iterator[None]:
    """Start, deploy and warm a portal; end it."""
    stack.start()
    try:
        stack.deploy()
        stack.publish()
        stack.warm()
        stack.gateway.start()
        yield
    finally:
        stack.gateway.stop()
        stack.stop()


def adopt(stack: Stack) -> None:
    """Give this process what the template gives to the functions, as the account's root."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(stack.environment(ROOT_CREDENTIALS) | stack.function_environment("api"))
    os.environ.update({"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "TRACING": "off"})
