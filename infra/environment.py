"""Lets a deployer's tool use the portal's own code against a deployed stage."""

import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.functions import function_name


def adopt(stage: str) -> None:
    """Give this process the environment of the stage's API function.

    To be called before anything of `chalicelib` is imported: tables are named when their models are. The
    credentials stay the caller's. Ends the program with AWS's own words when they do not reach the stage.
    """
    try:
        configuration = boto3.client("lambda").get_function_configuration(FunctionName=function_name(stage, "api"))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"{stage} cannot be reached: {error}")
    os.environ.update(configuration["Environment"]["Variables"])
    # A deployer's tool has no trace to belong to.
    os.environ["TRACING"] = "off"
