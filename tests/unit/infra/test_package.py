"""Packaging: nothing is built twice, nothing is missing, everything has a name of its own."""

import hashlib
import os
import sys
import time
import zipfile
from pathlib import Path

import pytest

from infra.dependencies import (
    MissingDependency,
    check_complete,
    dependencies_zip,
    platform_tags,
    prune,
    required_names,
)
from infra.package import Package, main, package
from infra.stages import ROOT, STAGES, host_architecture


def test_a_second_call_builds_nothing(built: Package) -> None:
    before = (built.template.stat().st_mtime_ns, built.artefact.stat().st_mtime_ns)
    start = time.monotonic()

    again = package("test", built.template.parent)

    assert again == built
    assert (again.template.stat().st_mtime_ns, again.artefact.stat().st_mtime_ns) == before
    assert time.monotonic() - start < 1


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a package is made from, to be changed."""
    copy = tmp_path / "project"
    copy.mkdir()
    (copy / "app.py").write_bytes((ROOT / "app.py").read_bytes())
    for name in ("requirements.txt", ".chalice/config.json"):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    for folder in ("chalicelib", "catalogue"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = copy / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    return copy


def test_the_same_sources_make_the_same_zip(built: Package, project: Path, tmp_path: Path) -> None:
    again = package("test", tmp_path / "out", project)

    assert again.artefact.name == built.artefact.name
    assert again.artefact.read_bytes() == built.artefact.read_bytes()


def test_a_changed_line_makes_a_zip_of_another_name_and_removes_the_old(project: Path, tmp_path: Path) -> None:
    before = package("test", tmp_path / "out", project)
    with (project / "chalicelib" / "core" / "clock.py").open("a", encoding="utf-8") as file:
        file.write("\nCHANGED = True\n")

    after = package("test", tmp_path / "out", project)

    assert after.artefact.name != before.artefact.name
    assert not before.artefact.exists()
    with zipfile.ZipFile(after.artefact) as archive:
        assert b"CHANGED = True" in archive.read("chalicelib/core/clock.py")


def test_a_new_provider_makes_a_new_template(project: Path, tmp_path: Path) -> None:
    package("test", tmp_path / "out", project)
    (project / "catalogue" / "fund").mkdir()
    (project / "catalogue" / "fund" / "provider.json").write_text('{"id": "fund"}', encoding="utf-8")

    after = package("test", tmp_path / "out", project)

    assert "ProviderFundRequestsQueue" in after.read_template()["Resources"]


def test_a_package_without_wheels_stops_the_packaging(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("no-such-package-anywhere==1.0 --hash=sha256:" + "0" * 64 + "\n", encoding="utf-8")

    with pytest.raises(MissingDependency, match="no-such-package-anywhere"):
        dependencies_zip(requirements, host_architecture(), native=True, cache=tmp_path)

    assert not list(tmp_path.glob("*.zip"))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes instead of a registry, with one in it."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    with zipfile.ZipFile(folder / "thing-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("thing.py", "NAME = 'thing'\n")
        wheel.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        wheel.writestr(
            "thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("thing-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def pinned(folder: Path, digest: str) -> Path:
    requirements = folder.parent / "requirements.txt"
    requirements.write_text(f"thing==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    return requirements


@pytest.mark.parametrize("native", [True, False])
def test_a_wheel_with_the_right_digest_is_compiled_into_the_zip(shelf: Path, native: bool) -> None:  # noqa: FBT001
    digest = hashlib.sha256(next(shelf.iterdir()).read_bytes()).hexdigest()

    made = dependencies_zip(pinned(shelf, digest), "arm64", native=native, cache=shelf.parent / "cache")

    with zipfile.ZipFile(made) as archive:
        compiled = f"__pycache__/thing.{sys.implementation.cache_tag}.pyc"
        assert archive.namelist() == [compiled, "thing.py"]
    again = dependencies_zip(pinned(shelf, digest), "arm64", native=native, cache=shelf.parent / "cache")
    assert again == made
    assert [path.name for path in (shelf.parent / "cache").iterdir()] == [made.name]


def test_a_wheel_with_another_digest_is_refused(shelf: Path) -> None:
    with pytest.raises(MissingDependency, match=r"(?i)hash"):
        dependencies_zip(pinned(shelf, "0" * 64), "arm64", native=True, cache=shelf.parent / "cache")


def test_the_cache_does_not_grow_for_ever(shelf: Path) -> None:
    cache = shelf.parent / "cache"
    cache.mkdir()
    for age in range(1, 9):
        old = cache / f"{age}.zip"
        old.touch()
        os.utime(old, (time.time() - 3600 * age,) * 2)
    digest = hashlib.sha256(next(shelf.iterdir()).read_bytes()).hexdigest()

    made = dependencies_zip(pinned(shelf, digest), "arm64", native=True, cache=cache)

    assert {path.name for path in cache.iterdir()} == {made.name, *(f"{age}.zip" for age in range(1, 6))}


def test_a_requirement_that_was_left_out_is_named(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("Argon2_CFFI==1.0 \\\n    --hash=sha256:00\npyscard==2\n", encoding="utf-8")
    installed = tmp_path / "site" / "argon2_cffi-1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: argon2-cffi\nVersion: 1.0\n", encoding="utf-8"
    )

    assert required_names(requirements) == ["argon2-cffi", "pyscard"]
    with pytest.raises(MissingDependency, match="pyscard") as raised:
        check_complete(requirements, tmp_path / "site")
    assert "argon2" not in str(raised.value)


def test_every_requirement_is_pinned_with_a_hash() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")

    assert required_names(ROOT / "requirements.txt")
    for block in text.split("\n")[0:]:
        if block and not block.startswith((" ", "#")):
            assert block.endswith("\\"), block


def test_pruning_leaves_what_is_used(tmp_path: Path) -> None:
    for name in (
        "botocore/data/sqs/x/service-2.json",
        "botocore/data/ec2/x/service-2.json",
        "a/tests/t.py",
        "a/b.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    prune(tmp_path)

    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"botocore/data/sqs/x/service-2.json", "a/b.py"}


def test_wheels_for_aws_load_in_its_image() -> None:
    tags = platform_tags("arm64")

    assert tags[-1] == "manylinux2014_aarch64"
    assert all(tag.endswith("aarch64") for tag in tags)
    assert "manylinux_2_39_aarch64" not in tags


def test_stages_on_this_machine_use_its_processor() -> None:
    assert STAGES["local"].architecture == STAGES["test"].architecture == host_architecture()
    assert STAGES["dev"].architecture == STAGES["prod"].architecture == "arm64"


def test_the_command_says_where_it_lies(built: Package, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stage", "test", "--out", str(built.template.parent)]) == 0

    said = capsys.readouterr().out
    assert str(built.template) in said
    assert built.artefact.name in said
