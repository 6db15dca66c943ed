"""Lets a deployer's tool use the portal's own code against a deployed stage."""

import os
from typing import Any

from infra.functions import function_name


def adopt(lambda_client: Any, stage: str) -> None:
    """Give this process the environment of the stage's API function.

    To be called before anything of `chalicelib` is imported: tables are named when their models are. The
    credentials stay the caller's.
    """
    configuration = lambda_client.get_function_configuration(FunctionName=function_name(stage, "api"))
    os.environ.update(configuration["Environment"]["Variables"])
    # A deployer's tool has no trace to belong to.
    os.environ["TRACING"] = "off"
