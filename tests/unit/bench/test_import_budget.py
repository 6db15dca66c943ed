"""What importing the application may not bring along: a list, not a time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Clients and heavy libraries are made and imported where they are first used; tracing only where it is on.
LATER = ("argon2", "aws_xray_sdk", "boto3", "cryptography", "pyotp", "s3transfer")
# Nothing that ships needs them, or only tools do.
NEVER = ("asyncio", "infra", "jsonschema", "local", "moto", "providerkit", "pydantic", "pytest", "unittest")
PROBE = """
import json, sys
exec(sys.argv[1])
print(json.dumps(sorted(sys.modules)))
"""


def modules(code: str) -> set[str]:
    """What is loaded in a fresh process after `code`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**kept, "STAGE": "test", "TRACING": "off"},
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def bare() -> set[str]:
    return modules("")


def test_the_application_brings_no_module_that_has_no_business_there(bare: set[str]) -> None:
    loaded = modules("import app") - bare

    assert {"chalice.app", "pynamodb.models", "jsonschema_rs"} <= loaded
    assert not loaded & {*LATER, *NEVER}


def test_the_application_makes_no_client() -> None:
    modules(
        "import app\n"
        "from chalicelib.core import aws, tables\n"
        "assert tables.shared_connection.cache_info().currsize == 0\n"
        "assert aws._client.cache_info().currsize == 0\n"
    )


def test_a_heavy_module_would_be_seen(bare: set[str]) -> None:
    """A planted fault turns the test above red."""
    assert {"boto3", "s3transfer"} <= modules("import app, boto3") - bare
