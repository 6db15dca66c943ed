"""One packaging for all tests of the deployment, and a way to look into a template."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.package import Package, package, render

Resources = dict[str, dict[str, Any]]


class Template:
    """A template, as the tests ask about it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.resources: Resources = document["Resources"]

    def of_type(self, kind: str) -> Resources:
        return {name: found for name, found in self.resources.items() if found["Type"] == f"AWS::{kind}"}

    def properties(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.resources[name]["Properties"]
        return found

    def policies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every statement of every policy, with the resource it stands in."""
        for name, resource in self.resources.items():
            for document in _documents(resource["Properties"]):
                for statement in document["Statement"]:
                    yield name, statement["Fn::If"][1] if "Fn::If" in statement else statement


def _documents(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "Statement" in node and "Version" in node:
            yield node
            return
        for value in node.values():
            yield from _documents(value)
    elif isinstance(node, list):
        for value in node:
            yield from _documents(value)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of stage `test`."""
    return package("test", tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def template(built: Package) -> Template:
    """The packaged template of stage `test`."""
    return Template(built.read_template())


@pytest.fixture(scope="session")
def prod_template() -> Template:
    """The template of stage `prod`; its zip, for another processor, is not built here."""
    return Template(render("prod", "karibche.zip"))


@pytest.fixture(scope="session")
def with_providers(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Template]:
    """`with_providers("napr", "new")`: the overlay of stage `prod` for a catalogue with these providers."""
    from infra.stages import STAGES
    from infra.template import overlay

    def make(*ids: str) -> Template:
        catalogue = tmp_path_factory.mktemp("catalogue")
        for provider_id in ids:
            (catalogue / provider_id).mkdir()
            (catalogue / provider_id / "provider.json").write_text(f'{{"id": "{provider_id}"}}', encoding="utf-8")
        return Template(overlay(STAGES["prod"], catalogue))

    return make
