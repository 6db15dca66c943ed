"""What a cold start pays for: a list of modules, not a time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Each is imported where it is needed, by the few calls that need it.
DEFERRED = ("boto3", "aws_xray_sdk", "argon2", "pyotp", "cryptography", "s3transfer")
NEVER = ("moto", "pytest", "hypothesis", "troposphere", "infra", "local", "providerkit", "holidays", "smartcard")


def imported(program: str) -> set[str]:
    environment = {"PATH": os.environ["PATH"], "STAGE": "test", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.fixture(scope="module")
def with_the_application() -> set[str]:
    return imported("import app")


@pytest.mark.parametrize("module", [*DEFERRED, *NEVER])
def test_importing_the_application_does_not_import(with_the_application: set[str], module: str) -> None:
    """R5.3"""
    assert module not in with_the_application


@pytest.mark.parametrize("module", ["chalice", "pynamodb", "botocore", "jsonschema_rs"])
def test_the_list_is_read_from_the_right_process(with_the_application: set[str], module: str) -> None:
    assert module in with_the_application


def test_an_import_at_the_top_of_a_module_would_be_seen() -> None:
    assert set(DEFERRED) <= imported(f"import app, {', '.join(DEFERRED)}")


def test_importing_the_application_makes_no_client_and_reads_no_setting() -> None:
    """R8.1: packaging imports it with no environment at all."""
    program = """
import botocore.session
def refuse(*given, **more): raise SystemExit("a client was made")
botocore.session.Session.create_client = refuse
import app
from chalicelib.core.settings import settings
assert settings.cache_info().currsize == 0
"""
    assert "chalice" in imported(program)
