"""Publishing the catalogue (R8.2): checked, versioned, indexed."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.catalogue import CatalogueInvalid, read_catalogue, service_faults
from infra.providers import read_providers
from infra.publish import publish
from infra.stages import ROOT

CATALOGUE = ROOT / "catalogue"


class Published(dict[str, dict[str, Any]]):
    """The table of versions, as its repository behaves."""

    def put(self, definition: Mapping[str, Any]) -> bool:
        name = f"{definition['id']} {definition['version']}"
        if name in self and self[name] != definition:
            raise RuntimeError(name)
        new = name not in self
        self[name] = dict(definition)
        return new


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A copy of the catalogue, to be changed."""
    copied = tmp_path / "catalogue"
    for path in CATALOGUE.rglob("*.json"):
        target = copied / path.relative_to(CATALOGUE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return copied


def service() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CATALOGUE / "shared/public-information.json").read_text(encoding="utf-8"))
    return found


def test_the_catalogue_is_published_once(tmp_path: Path) -> None:
    table = Published()

    first = publish(CATALOGUE, tmp_path, table.put)
    second = publish(CATALOGUE, tmp_path, table.put)

    assert set(first.new) == set(second.unchanged) == set(table)
    assert not first.unchanged
    assert not second.new
    assert "public-information 1" in table


def test_the_addressees_have_their_names(tmp_path: Path) -> None:
    table = Published()
    publish(CATALOGUE, tmp_path, table.put)

    fields = [f for page in table["public-information 1"]["form"]["pages"] for f in page["fields"]]
    (addressee,) = [field for field in fields if field["widget"] == "addressee"]
    names = {
        json.loads(path.read_text(encoding="utf-8"))["id"]: json.loads(path.read_text(encoding="utf-8"))["name"]
        for path in CATALOGUE.glob("*/provider.json")
    }
    assert addressee["options"] == [
        {"value": provider, "label": names[provider]} for provider in service()["addressees"]
    ]


def test_the_index_has_what_the_browser_searches(tmp_path: Path) -> None:
    publish(CATALOGUE, tmp_path, Published().put)

    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert set(index) == {"categories", "providers", "services"}
    assert len(index["categories"]) == 10
    assert {provider["id"] for provider in index["providers"]} == {p.id for p in read_providers(CATALOGUE)}
    (found,) = [entry for entry in index["services"] if entry["id"] == "public-information"]
    assert set(found["title"]) == set(found["keywords"]) == {"ka", "en"}
    assert len(found["provider_names"]) == len(found["addressees"])
    assert "form" not in found


def test_a_changed_service_needs_a_new_version(catalogue: Path, tmp_path: Path) -> None:
    table = Published()
    publish(catalogue, tmp_path / "site", table.put)
    path = catalogue / "shared" / "public-information.json"
    changed = json.loads(path.read_text(encoding="utf-8"))
    changed["title"]["en"] = "Ask for public information"
    path.write_text(json.dumps(changed), encoding="utf-8")

    with pytest.raises(RuntimeError, match="public-information 1"):
        publish(catalogue, tmp_path / "site", table.put)

    changed["version"] = 2
    path.write_text(json.dumps(changed), encoding="utf-8")
    assert publish(catalogue, tmp_path / "site", table.put).new == ("public-information 2",)


def test_nothing_is_written_when_anything_is_wrong(catalogue: Path, tmp_path: Path) -> None:
    table = Published()
    path = catalogue / "shared" / "letter.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"napr"', '"nobody"'), encoding="utf-8")

    with pytest.raises(CatalogueInvalid, match="letter: there is no provider 'nobody'"):
        publish(catalogue, tmp_path / "site", table.put)

    assert not table
    assert not (tmp_path / "site").exists()


def test_every_fault_is_named_at_once(catalogue: Path) -> None:
    (catalogue / "napr" / "provider.json").write_text('{"id": "napr"}', encoding="utf-8")
    letter = catalogue / "shared" / "letter.json"
    letter.write_text(letter.read_text(encoding="utf-8").replace('"version": 1', '"version": 0'), encoding="utf-8")

    with pytest.raises(CatalogueInvalid) as raised:
        read_catalogue(catalogue)

    assert "napr/provider.json: a provider has id, name and kind" in str(raised.value)
    assert "shared/letter.json: /version" in str(raised.value)


def test_two_services_of_one_name_are_refused(catalogue: Path) -> None:
    (catalogue / "napr" / "again.json").write_bytes((catalogue / "shared" / "letter.json").read_bytes())

    with pytest.raises(CatalogueInvalid, match="another service is called 'letter'"):
        read_catalogue(catalogue)


def faults(changed: Mapping[str, Any]) -> list[str]:
    found = read_catalogue(CATALOGUE)
    return list(service_faults(changed, {c["id"] for c in found.categories}, set(found.providers)))


def test_the_services_have_no_faults() -> None:
    assert faults(service()) == []


def without_category(changed: dict[str, Any]) -> None:
    changed["category"] = "sport"


def question_twice(changed: dict[str, Any]) -> None:
    changed["form"]["pages"][1]["fields"].append(copy.deepcopy(changed["form"]["pages"][1]["fields"][0]))


def question_of_nothing(changed: dict[str, Any]) -> None:
    changed["form"]["pages"][1]["fields"][0]["path"] = "/topic"


def other_options(changed: dict[str, Any]) -> None:
    changed["form"]["pages"][2]["fields"][0]["options"].pop()


def condition_on_nothing(changed: dict[str, Any]) -> None:
    changed["form"]["pages"][2]["fields"][1]["show_if"] = ["empty", ["var", "/nothing"]]


def required_nothing(changed: dict[str, Any]) -> None:
    changed["form"]["schema"]["required"].append("nothing")


def other_addressees(changed: dict[str, Any]) -> None:
    changed["form"]["schema"]["properties"]["addressee"]["enum"].pop()


def no_addressee(changed: dict[str, Any]) -> None:
    changed["form"]["pages"].pop(0)


def page_twice(changed: dict[str, Any]) -> None:
    changed["form"]["pages"][1]["id"] = "addressee"


@pytest.mark.parametrize(
    ("breakage", "fault"),
    [
        (without_category, "no category 'sport'"),
        (question_twice, "'/subject' is there 2 times"),
        (question_of_nothing, "/topic is not in the form's schema"),
        (question_of_nothing, "no question asks for 'subject'"),
        (other_options, "/reply_form offers"),
        (condition_on_nothing, "/nothing, which is no answer"),
        (required_nothing, "'nothing' is required"),
        (other_addressees, "not the addressees"),
        (no_addressee, "one question, and one only"),
        (page_twice, "page 'addressee' is there 2 times"),
    ],
)
def test_what_the_schema_cannot_see_is_seen(breakage: Any, fault: str) -> None:
    changed = service()
    breakage(changed)

    assert any(fault in found for found in faults(changed))


@pytest.mark.parametrize("provider_id", ["Napr", "na_pr", "napr-", "x" * 25, "1napr"])
def test_a_provider_needs_an_id_that_can_name_a_queue(provider_id: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "provider.json").write_text(json.dumps({"id": provider_id}), encoding="utf-8")

    with pytest.raises(ValueError, match="not a provider's id"):
        read_providers(tmp_path)


def test_two_folders_cannot_be_one_provider(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "provider.json").write_text('{"id": "napr"}', encoding="utf-8")

    with pytest.raises(ValueError, match="another folder"):
        read_providers(tmp_path)
