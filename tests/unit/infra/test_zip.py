"""The zip: what is in it, what is not, and that it needs nothing beside it."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.dependencies import SERVICES
from infra.package import Package

# Import names of what `requirements.txt` pins, and Chalice's runtime.
PACKAGES = {
    "_argon2_cffi_bindings",
    "argon2",
    "aws_xray_sdk",
    "boto3",
    "botocore",
    "chalice",
    "cryptography",
    "dateutil",
    "jmespath",
    "jsonschema_rs",
    "pynamodb",
    "pyotp",
    "s3transfer",
    "urllib3",
    "wrapt",
}
FORBIDDEN = {
    "PyKCS11",
    "asn1crypto",
    "cardbridge",
    "cfnlint",
    "cffi",
    "click",
    "infra",
    "inquirer",
    "local",
    "moto",
    "pip",
    "providerkit",
    "pycparser",
    "pytest",
    "rig",
    "setuptools",
    "smartcard",
    "troposphere",
    "yaml",
}


@pytest.fixture(scope="module")
def names(built: Package) -> list[str]:
    with zipfile.ZipFile(built.artefact) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def task_folder(built: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(built.artefact) as archive:
        archive.extractall(folder)
    return folder


def test_the_application_and_its_packages_are_in_it(names: list[str]) -> None:
    top = {name.split("/")[0] for name in names}

    assert PACKAGES | {"app.py", "chalicelib", "six.py"} <= top
    single = {re.sub(r"\..*", "", name) for name in top - PACKAGES - {"app.py", "chalicelib"}}
    assert single <= {"six", "_cffi_backend", "__pycache__", "typing_extensions"}


def test_nothing_else_is_in_it(names: list[str]) -> None:
    top = {name.split("/")[0].split(".")[0] for name in names}

    assert not FORBIDDEN & top
    assert not [name for name in names if re.search(r"(^|/)tests?/|\.dist-info/|\.pyi$|/examples", name)]
    assert {name for name in names if name.startswith("chalice/") and name.endswith(".py")} == {
        "chalice/__init__.py",
        "chalice/app.py",
    }
    assert len(names) == len(set(names))


def test_botocore_knows_the_services_that_are_called_and_no_others(names: list[str]) -> None:
    services = {name.split("/")[2] for name in names if re.match(r"botocore/data/[^/]+/", name)}

    assert services == SERVICES


def test_every_module_is_compiled(names: list[str]) -> None:
    tag = sys.implementation.cache_tag
    sources = {name for name in names if name.endswith(".py")}
    compiled = {
        name.replace("__pycache__/", "").replace(f".{tag}.pyc", ".py") for name in names if name.endswith(".pyc")
    }
    assert sources == compiled


def test_bytecode_is_taken_without_a_look_at_its_source(built: Package) -> None:
    with zipfile.ZipFile(built.artefact) as archive:
        compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
        flags = {int.from_bytes(archive.read(name)[4:8], "little") for name in compiled}

    assert flags == {0b01}  # PEP 552: by hash, not checked


def test_no_path_of_this_machine_is_in_it(built: Package) -> None:
    here = str(Path.cwd()).encode()

    with zipfile.ZipFile(built.artefact) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".pyc") and here in archive.read(name)]


def test_files_have_one_date_and_can_be_read(built: Package) -> None:
    with zipfile.ZipFile(built.artefact) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(entry.external_attr >> 16 & 0o444 == 0o444 for entry in archive.infolist())


def test_it_fits_lambda_with_room_to_grow(built: Package) -> None:
    with zipfile.ZipFile(built.artefact) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())

    assert built.artefact.stat().st_size < 25_000_000
    assert unpacked < 80_000_000  # the limit is 250 MB; every cold worker of the embedded cloud unpacks it


def test_the_template_uses_this_zip(built: Package) -> None:
    document = json.loads(built.template.read_text(encoding="utf-8"))
    functions = [found for found in document["Resources"].values() if found["Type"] == "AWS::Serverless::Function"]

    assert {found["Properties"]["CodeUri"] for found in functions} == {f"./{built.artefact.name}"}


PROBE = """
import sys
folder = sys.argv[1]
# What Lambda has: the standard library and the unpacked zip.
sys.path[:] = [path for path in sys.path if "site-packages" not in path and path not in ("", ".")] + [folder]
sys.dont_write_bytecode = True
import app
import argon2, boto3, jsonschema_rs, pyotp
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pynamodb.models import Model
import aws_xray_sdk.core
from aws_xray_sdk.core import patch
patch(("botocore",))
hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
assert hasher.verify(hasher.hash("password"), "password")
assert AESGCM(bytes(32)).decrypt(bytes(12), AESGCM(bytes(32)).encrypt(bytes(12), b"x", b""), b"") == b"x"
assert not jsonschema_rs.is_valid({"type": "string"}, 1)
assert pyotp.TOTP(pyotp.random_base32()).now()
for service in ("dynamodb", "kms", "s3", "sesv2", "sqs", "sts"):
    boto3.client(service, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
strangers = sorted(
    name for name, module in sys.modules.items()
    if (getattr(module, "__file__", None) or "").find("site-packages") >= 0
)
assert not strangers, strangers
print("imported from", {app.__file__, boto3.__file__, argon2.__file__} and folder)
"""


def test_it_runs_from_its_own_folder_alone(task_folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", PROBE, str(task_folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"AWS_XRAY_SDK_ENABLED": "false", "HOME": str(tmp_path), "STAGE": "test"},
    )

    assert done.returncode == 0, done.stderr
    assert str(task_folder) in done.stdout


def test_the_probe_would_see_a_missing_package(task_folder: Path, tmp_path: Path) -> None:
    hidden = task_folder / "pyotp"
    hidden.rename(task_folder / "pyotp-hidden")
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-E", "-c", PROBE, str(task_folder)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={"AWS_XRAY_SDK_ENABLED": "false", "HOME": str(tmp_path), "STAGE": "test"},
        )
    finally:
        (task_folder / "pyotp-hidden").rename(hidden)

    assert "No module named 'pyotp'" in done.stderr
