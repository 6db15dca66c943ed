"""The part of the zip that comes from `requirements.txt`: installed, checked, cut down, compiled, kept.

Chalice's own packager only warns when a package has no wheel for Lambda and goes on without it, ships no
bytecode, and takes everything that is in the wheels. So this is done here, once per set of requirements.
"""

import compileall
import hashlib
import importlib.metadata
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from infra.stages import ROOT

CACHE = ROOT / "build" / "dependencies"
LAMBDA_FOLDER = "/var/task"

# The newest glibc of Lambda's image for each Python; wheels made for a newer one would not load.
_GLIBC = {"3.11": 26, "3.12": 34, "3.13": 34}
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}

# AWS services that the functions call; botocore's models of the other four hundred are dead weight.
SERVICES = frozenset({"dynamodb", "kms", "s3", "sesv2", "sqs", "sts", "xray"})
_BOTOCORE_FILES = frozenset({"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"})
# Parts of packages that nothing of ours imports.
_UNUSED = (
    "bin",
    "boto3/data",
    "boto3/examples",
    "cffi",
    "pycparser",
    "share",
)
_UNUSED_ANYWHERE = frozenset({"__pycache__", "test", "tests"})
_UNUSED_SUFFIXES = (".dist-info", ".pyi", ".c", ".h", ".pxd", ".pyx")
_TRACED_LIBRARIES = frozenset({"botocore", "boto_utils.py", "util.py", "__init__.py"})
_ZIPS_KEPT = 6
_EPOCH = (1980, 1, 1, 0, 0, 0)


class MissingDependency(Exception):
    """A requirement is not in what was installed, or cannot be installed for Lambda at all."""


def dependencies_zip(requirements: Path, architecture: str, *, native: bool, cache: Path = CACHE) -> Path:
    """Return the zip with everything in `requirements`, made for `architecture`, from the cache if it can be.

    `native` takes the wheels for this very machine (an embedded cloud runs functions on it), otherwise those
    for Lambda's image. Raises MissingDependency.
    """
    kind = "native" if native else architecture
    digest = hashlib.sha256()
    for part in (requirements.read_bytes(), Path(__file__).read_bytes(), kind.encode(), sys.version.encode()):
        digest.update(hashlib.sha256(part).digest())
    target = cache / f"{digest.hexdigest()[:32]}.zip"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        folder = Path(scratch) / "site"
        _install(requirements, folder, None if native else architecture)
        check_complete(requirements, folder)
        prune(folder)
        compile_folder(folder)
        unfinished = Path(scratch) / "dependencies.zip"
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            add_folder(archive, folder)
        unfinished.replace(target)
    _forget_old(cache)
    return target


def _forget_old(cache: Path) -> None:
    """Keep the zips that were made last: one for each stage and interpreter in use, and some to go back to."""
    by_age = sorted(cache.glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[_ZIPS_KEPT:]:
        path.unlink(missing_ok=True)


def _install(requirements: Path, folder: Path, architecture: str | None) -> None:
    """Put wheels into `folder`; nothing is ever built from source. Raises MissingDependency with pip's words."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:"]
    command += ["--target", str(folder), "--requirement", str(requirements)]
    if architecture:
        command += [f"--platform={tag}" for tag in platform_tags(architecture)]
        command += ["--implementation=cp", f"--python-version={_python()}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_pip_environment())
    if done.returncode:
        raise MissingDependency(f"pip could not install {requirements.name} for Lambda:\n{done.stderr.strip()}")


def platform_tags(architecture: str) -> list[str]:
    """Return the wheel platforms that load in Lambda's image for this Python, the newest first."""
    machine = _MACHINES[architecture]
    newest = _GLIBC[_python()]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, 16, -1)]
    return [*tags, f"manylinux2014_{machine}"]


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _pip_environment() -> dict[str, str]:
    """Return the environment without what would make pip install into another place."""
    elsewhere = {"PIP_TARGET", "PIP_USER", "PIP_PREFIX"}
    return {name: value for name, value in os.environ.items() if name not in elsewhere}


def required_names(requirements: Path) -> list[str]:
    """Return the packages that a compiled requirements file pins, in their normal spelling."""
    pinned = re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    return [_normal(name) for name in pinned]


def check_complete(requirements: Path, folder: Path) -> None:
    """Raise MissingDependency when `folder` lacks a package that `requirements` pins."""
    installed = {_normal(found.name) for found in importlib.metadata.distributions(path=[str(folder)])}
    missing = sorted(set(required_names(requirements)) - installed)
    if missing:
        raise MissingDependency(f"not in the package: {', '.join(missing)}")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def prune(folder: Path) -> None:
    """Delete from an installed `folder` what no function needs."""
    for path in list(_unneeded(folder)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _unneeded(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _UNUSED if (folder / name).exists())
    for path in folder.rglob("*"):
        if (path.is_dir() and path.name in _UNUSED_ANYWHERE) or path.name.endswith(_UNUSED_SUFFIXES):
            yield path
    models = folder / "botocore" / "data"
    if models.exists():
        yield from (path for path in models.iterdir() if path.name not in SERVICES | _BOTOCORE_FILES)
        yield from models.glob("*/*/examples-1.json")
    tracing = folder / "aws_xray_sdk" / "ext"
    if tracing.exists():
        yield from (path for path in tracing.iterdir() if path.name not in _TRACED_LIBRARIES)


def compile_folder(folder: Path) -> None:
    """Compile every module of `folder`: Lambda's cannot be written, so each cold start would compile anew.

    The bytecode is taken without a look at its source, whose dates a zip does not keep. What does not compile
    is left as it is.
    """
    compileall.compile_dir(
        folder,
        quiet=2,
        force=True,
        stripdir=str(folder),
        prependdir=LAMBDA_FOLDER,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def add_folder(archive: zipfile.ZipFile, folder: Path) -> None:
    """Add every file of `folder` in the order of its names, with one date for all."""
    add_files(archive, ((path, path.relative_to(folder).as_posix()) for path in _files(folder)))


def add_files(archive: zipfile.ZipFile, files: Iterable[tuple[Path, str]]) -> None:
    """Add files under the given names, so that the same bytes make the same archive."""
    for path, name in sorted(files, key=lambda entry: PurePosixPath(entry[1])):
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        entry.external_attr = (0o755 if path.suffix == ".so" else 0o644) << 16
        archive.writestr(entry, path.read_bytes())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
