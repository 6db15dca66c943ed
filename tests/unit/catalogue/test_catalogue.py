"""The catalogue as data: every service is complete, consistent and readable in both languages (R8.2)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

ROOT = Path(__file__).resolve().parents[3] / "catalogue"
CATEGORIES = [
    "personal-information",
    "family",
    "health",
    "social-services",
    "property",
    "business",
    "taxes",
    "fines",
    "education",
    "utilities",
]
OPERATORS = {"var", "==", "!=", "in", "and", "or", "not", "<", ">", "empty"}
# What the site and the server say about an answer, by the schema keyword that finds it.
CODES = {
    "enum": "enum",
    "pattern": "pattern",
    "minLength": "too-short",
    "maxLength": "too-long",
    "minimum": "too-small",
    "maximum": "too-big",
    "format": "format",
    "minItems": "too-few",
    "maxItems": "too-many",
}


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def service_files() -> list[Path]:
    return sorted(p for p in ROOT.glob("*/*.json") if p.name != "provider.json")


PROVIDERS = {load(p)["id"]: load(p) for p in sorted(ROOT.glob("*/provider.json"))}
SERVICES = {load(p)["id"]: load(p) for p in service_files()}
CHECK = jsonschema_rs.validator_for(load(ROOT / "service.schema.json"))
each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


def fields(service: dict[str, Any]) -> list[dict[str, Any]]:
    return [field for page in service["form"]["pages"] for field in page["fields"]]


def conditions(service: dict[str, Any]) -> list[Any]:
    parts = [*service["form"]["pages"], *fields(service)]
    return [part["show_if"] for part in parts if "show_if" in part]


def texts(node: Any, where: str = "") -> Iterator[tuple[str, str, str]]:
    """Each text with its place and language, however deep it stands."""
    if isinstance(node, dict):
        if node.keys() == {"ka", "en"}:
            for language, value in node.items():
                for text in value if isinstance(value, list) else [value]:
                    yield where, language, text
        else:
            for key, value in node.items():
                yield from texts(value, f"{where}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, f"{where}/{index}")


def everything() -> list[tuple[str, str, str]]:
    return [
        (f"{path.relative_to(ROOT)}{where}", language, text)
        for path in sorted(ROOT.glob("**/*.json"))
        if path.name != "service.schema.json"
        for where, language, text in texts(load(path))
    ]


def test_ten_categories_in_their_order() -> None:
    """R1.2."""
    assert [c["id"] for c in load(ROOT / "categories.json")] == CATEGORIES


def test_at_least_three_public_institutions_under_their_own_names() -> None:
    assert len(PROVIDERS) >= 3
    for path in ROOT.glob("*/provider.json"):
        provider = load(path)
        assert provider.keys() == {"id", "name", "kind"}
        assert provider["id"] == path.parent.name
        assert provider["kind"] in {"public", "private"}


def test_ids_are_unique_and_name_the_file() -> None:
    ids = [load(path)["id"] for path in service_files()]
    assert sorted(ids) == sorted(set(ids))
    assert [path.stem for path in service_files()] == ids


@each_service
def test_service_fits_the_schema(service: dict[str, Any]) -> None:
    assert [f"{error.instance_path}: {error.message}" for error in CHECK.iter_errors(service)] == []


@each_service
def test_category_and_addressees_exist(service: dict[str, Any]) -> None:
    assert service["category"] in CATEGORIES
    assert set(service["addressees"]) <= PROVIDERS.keys()
    assert service["form"]["schema"]["properties"]["addressee"]["enum"] == service["addressees"]
    assert "addressee" in service["form"]["schema"]["required"]


@each_service
def test_every_question_is_in_the_schema_once_and_the_other_way_round(service: dict[str, Any]) -> None:
    paths = [field["path"] for field in fields(service)]
    properties = service["form"]["schema"]["properties"]
    assert sorted(paths) == sorted(f"/{name}" for name in properties)
    assert set(service["form"]["schema"]["required"]) <= properties.keys()
    page_ids = [page["id"] for page in service["form"]["pages"]]
    assert len(page_ids) == len(set(page_ids))


@each_service
def test_options_are_the_values_that_the_schema_accepts(service: dict[str, Any]) -> None:
    for field in fields(service):
        rule = service["form"]["schema"]["properties"][field["path"].removeprefix("/")]
        if "options" in field:
            accepted = rule["items"]["enum"] if rule["type"] == "array" else rule["enum"]
            assert [option["value"] for option in field["options"]] == accepted, field["path"]
            assert (field["widget"] == "checkboxes") == (rule["type"] == "array")


@each_service
def test_every_field_has_its_own_error_texts(service: dict[str, Any]) -> None:
    schema = service["form"]["schema"]
    for field in fields(service):
        name = field["path"].removeprefix("/")
        rule = schema["properties"][name]
        expected = {code for keyword, code in CODES.items() if keyword in rule}
        expected |= {"enum"} if "enum" in rule.get("items", {}) else set()
        expected |= {"required"} if name in schema["required"] else set()
        assert field["errors"].keys() == expected, field["path"]


@each_service
def test_conditions_use_known_operators_and_known_answers(service: dict[str, Any]) -> None:
    def walk(expression: Any) -> None:
        if not isinstance(expression, list):
            return
        if expression[0] == "var":
            assert expression[1] in known
            return
        assert expression[0] in OPERATORS
        for part in expression[2:] if expression[0] == "in" else expression[1:]:
            walk(part)
        if expression[0] == "in":
            walk(expression[1])

    known = [field["path"] for field in fields(service)]
    for condition in conditions(service):
        walk(condition)


@each_service
def test_a_condition_looks_only_at_earlier_questions(service: dict[str, Any]) -> None:
    seen: set[str] = set()
    for page in service["form"]["pages"]:
        for field in page["fields"]:
            for path in re.findall(r'\["var", "([^"]+)"\]', json.dumps(field.get("show_if", []))):
                assert path in seen
            seen.add(field["path"])


@each_service
def test_patterns_are_python_and_javascript_alike(service: dict[str, Any]) -> None:
    for rule in service["form"]["schema"]["properties"].values():
        if "pattern" in rule:
            assert not re.search(r"\(\?|\\[a-zA-Z0-9](?<!\\[tnr])", rule["pattern"])
            re.compile(rule["pattern"])


@each_service
def test_a_full_application_stays_below_its_limit(service: dict[str, Any]) -> None:
    """Georgian letters take three bytes; an application may have 200 KB."""
    rules = service["form"]["schema"]["properties"].values()
    assert sum(3 * rule.get("maxLength", 300) for rule in rules) < 150_000


def test_both_languages_are_complete() -> None:
    found = [(where, language, text) for where, language, text in everything() if text.strip()]
    for language, other in (("ka", "en"), ("en", "ka")):
        places = [where for where, each, _ in found if each == language and not where.endswith("/keywords")]
        assert places == [where for where, each, _ in found if each == other and not where.endswith("/keywords")]


def test_georgian_is_georgian_and_english_has_none() -> None:
    georgian = re.compile("[\u10d0-\u10ff]")
    for where, language, text in everything():
        if language == "ka":
            assert georgian.search(text), where
        else:
            assert not georgian.search(text), where


def test_no_mtavruli_and_only_georgian_quotation_marks() -> None:
    for where, language, text in everything():
        assert not re.search("[\u1c90-\u1cbf\u10a0-\u10c5]", text), where
        assert '"' not in text, where
        assert ",," not in text, where
        if language == "ka":
            assert "\u201d" not in text, where
            assert text.count("\u201e") == text.count("\u201c"), where


def test_words_to_avoid_are_avoided() -> None:
    """Passive officialese, and loan words that have a Georgian word."""
    avoid = "აღნიშნულ|მოცემულ|წარმოადგენს|გააჩნია|ახორციელებს|დაფიქსირდა|ან/და|კაბინეტ|ლიმიტ|ლინკ|დედლაინ|დრაფტ"
    assert [(w, t) for w, language, t in everything() if language == "ka" and re.search(avoid, t)] == []


def test_numbers_and_their_units_stay_together() -> None:
    unit = re.compile("[0-9] (სამუშაო|კალენდარულ|დღე|თვე|წლის|წელს|სიმბოლო|[0-9]{3})")
    assert [(w, t) for w, language, t in everything() if language == "ka" and unit.search(t)] == []


def filled(service_id: str, **changes: Any) -> dict[str, Any]:
    answers = {
        "public-information": {
            "addressee": "napr",
            "subject": "მშენებლობის ნებართვები",
            "description": "გთხოვთ, მომაწოდოთ 2025 წელს გაცემული ნებართვების სია.",
            "period_from": "2025-01-01",
            "period_to": "2025-12-31",
            "reply_form": "paper",
            "postal_address": "თბილისი, რუსთაველის გამზირი 1",
        },
        "own-personal-data": {
            "addressee": "sda",
            "wanted": ["copy", "recipients"],
            "data": "ჩემი განაცხადები და გადაწყვეტილებები",
            "reply_form": "electronic",
            "postal_address": "თბილისი, რუსთაველის გამზირი 1",
        },
        "letter": {
            "addressee": "tbilisi",
            "subject": "გარე განათება",
            "text": "ჩვენს ქუჩაზე გარე განათება არ მუშაობს.",
            "earlier_number": "12/345",
            "reply_form": "electronic",
            "postal_address": "თბილისი, რუსთაველის გამზირი 1",
        },
    }[service_id]
    return answers | changes


@each_service
def test_a_georgian_application_is_accepted(service: dict[str, Any]) -> None:
    form = jsonschema_rs.validator_for(service["form"]["schema"], validate_formats=True)
    assert [error.instance_path for error in form.iter_errors(filled(service["id"]))] == []


@pytest.mark.parametrize(
    ("changes", "keyword"),
    [
        ({"subject": "მოკლ"}, "minLength"),
        ({"subject": "ა" * 201}, "maxLength"),
        ({"subject": " \n\t  \r "}, "pattern"),
        ({"period_from": "2025-02-30"}, "format"),
        ({"period_from": "0025-02-03"}, "pattern"),
        ({"reply_form": "fax"}, "enum"),
        ({"addressee": "elsewhere"}, "enum"),
        ({"subject": 7}, "type"),
        ({"extra": "x"}, "additionalProperties"),
    ],
)
def test_a_wrong_answer_is_found(changes: dict[str, Any], keyword: str) -> None:
    schema = SERVICES["public-information"]["form"]["schema"]
    form = jsonschema_rs.validator_for(schema, validate_formats=True)
    found = {str(error.kind.name) for error in form.iter_errors(filled("public-information", **changes))}
    assert keyword in found


@pytest.mark.parametrize(
    "breakage",
    [
        {"signature": "maybe"},
        {"legal_basis": []},
        {"title": {"ka": "მხოლოდ ქართულად"}},
        {"fee": {"amount": "5,00", "text": {"ka": "ხუთი", "en": "five"}}},
        {"surprise": True},
    ],
)
def test_the_schema_refuses_a_broken_service(breakage: dict[str, Any]) -> None:
    assert not CHECK.is_valid(SERVICES["letter"] | breakage)


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "string"},
        {"type": "string", "maxLength": 10, "pattern": "(?P<name>a)"},
        {"type": "string", "maxLength": 10, "pattern": "\\w+"},
        {"type": "string", "maxLength": 10, "$ref": "https://example.org/x"},
        {"type": "integer"},
        {"type": "array", "items": {"type": "string", "maxLength": 5}},
        {"type": "object", "properties": {}, "required": []},
    ],
)
def test_the_schema_refuses_a_rule_outside_the_profile(rule: dict[str, Any]) -> None:
    service = json.loads(json.dumps(SERVICES["letter"]))
    service["form"]["schema"]["properties"]["subject"] = rule
    assert not CHECK.is_valid(service)


@pytest.mark.parametrize(
    "condition",
    [
        ["equals", 1, 1],
        ["=="],
        ["var", "/reply_form"],
        ["and", True, False],
        ["==", ["var", "reply_form"], "paper"],
    ],
)
def test_the_schema_refuses_an_unknown_condition(condition: list[Any]) -> None:
    service = json.loads(json.dumps(SERVICES["letter"]))
    service["form"]["pages"][0]["show_if"] = condition
    assert not CHECK.is_valid(service)
