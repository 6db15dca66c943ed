"""`docs/dependencies.md` names every direct dependency, and no other."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)


def section(title: str) -> list[list[str]]:
    """The cells of each row under the heading that has `title` in it."""
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    found = [part for part in re.split(r"^## ", page, flags=re.MULTILINE) if title in part.splitlines()[0]]
    assert len(found) == 1
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in found[0].splitlines() if line[:1] == "|"
    ]
    return rows[2:]


def requirements(name: str) -> set[str]:
    return set(REQUIREMENT.findall((ROOT / name).read_text(encoding="utf-8")))


def packages_of_the_site() -> set[str]:
    described = json.loads((ROOT / "web/package.json").read_text(encoding="utf-8"))
    return {*described["dependencies"], *described["devDependencies"]}


def packages_of_the_kit() -> set[str]:
    described = tomllib.loads((ROOT / "providerkit/pyproject.toml").read_text(encoding="utf-8"))
    return {REQUIREMENT.findall(found)[0] for found in described["project"]["dependencies"]}


DIRECT = {
    "requirements.in": requirements("requirements.in"),
    "requirements-dev.in": requirements("requirements-dev.in"),
    "requirements-cloud.in": requirements("requirements-cloud.in"),
    "requirements-card.in": requirements("requirements-card.in"),
    "requirements-node.txt": requirements("local/requirements-node.txt"),
    "pyproject.toml": packages_of_the_kit(),
    "package.json": packages_of_the_site(),
}


@pytest.mark.parametrize("source", DIRECT)
def test_each_direct_dependency_has_its_line(source: str) -> None:
    rows = section(source)

    assert {row[0].strip("`") for row in rows} == DIRECT[source]
    assert all(len(row) == 4 and all(row) for row in rows)


def test_names_are_found_in_what_is_required() -> None:
    assert {"boto3", "argon2-cffi"} <= DIRECT["requirements.in"]
    assert {"moto", "boto3-stubs", "cfn-lint"} <= DIRECT["requirements-dev.in"]
    assert DIRECT["pyproject.toml"] == {"boto3"}
