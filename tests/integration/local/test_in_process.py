"""The product's own code in this process, its AWS calls against the embedded cloud."""

import os

import pyotp
import pytest

from local.client import ApiClient
from local.stack import Stack

pytestmark = pytest.mark.cloud


def test_what_runs_here_and_what_is_deployed_see_the_same_cloud(
    stack: Stack, in_process: dict[str, str], api: ApiClient
) -> None:
    from chalicelib import auth

    made = auth.create_operator("in-process@karibche.example")
    signing_in = {
        "email": "in-process@karibche.example",
        "password": made.password,
        "code": pyotp.TOTP(made.totp_key).now(),
    }
    assert api.post("/v1/operator/session", signing_in).status == 200


def test_the_environment_is_the_deployed_functions_own(stack: Stack, in_process: dict[str, str]) -> None:
    assert os.environ["DATA_KEY_ARN"] == stack.outputs()["DataKeyArn"]
    assert os.environ["PUBLIC_ORIGIN"] == stack.origin
    assert os.environ["AWS_ENDPOINT_URL"] == stack.endpoint
