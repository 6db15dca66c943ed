"""Mistakes of whole classes, caught by looking at the application as it is declared."""

import ast
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("STAGE", "test")

ROOT = Path(__file__).parents[3]


def test_every_route_is_an_endpoint_that_states_its_authentication() -> None:
    """R8.1"""
    from chalicelib.core.http import endpoints
    from chalicelib.core.principal import Auth

    app = importlib.import_module("app").app
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    stated = {(endpoint.method, endpoint.path): endpoint.auth for endpoint in endpoints()}
    assert set(stated) == routes
    assert all(isinstance(auth, Auth) for auth in stated.values())
    public = {path for (_, path), auth in stated.items() if auth is Auth.PUBLIC}
    assert public == {
        "/v1/session",
        "/v1/session/card/challenge",
        "/v1/terms",
        "/v1/operator/session",
        "/openapi.json",
    }


def test_the_application_only_joins_areas() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 80


def test_texts_are_complete_in_both_languages() -> None:
    from chalicelib.core.errors import Failure
    from chalicelib.core.texts import _texts

    importlib.import_module("app")

    def keys(tree: object, path: str = "") -> set[str]:
        if not isinstance(tree, dict):
            return {path}
        return {found for name, part in tree.items() for found in keys(part, f"{path}/{name}")}

    assert keys(_texts("ka")) == keys(_texts("en"))
    codes = {failure.code for failure in _subclasses(Failure)}
    assert codes <= set(_texts("ka")["problems"])


def _subclasses(base: type) -> set[type]:
    return {found for child in base.__subclasses__() for found in {child, *_subclasses(child)}}


def test_what_creates_or_sends_is_done_once_and_what_changes_names_its_version() -> None:
    """R4.2, R10.1.

    A new password is proved otherwise, by the old one; contact data are given once; each challenge is another.
    """
    from chalicelib.core.http import endpoints

    importlib.import_module("app")
    for endpoint in endpoints():
        creates = endpoint.method == "POST" and endpoint.status in {201, 202}
        once = (creates and endpoint.name != "start_card_challenge") or endpoint.name == "confirm_email_change"
        assert endpoint.idempotent == once, endpoint
        if endpoint.method in {"PUT", "PATCH"} and endpoint.name not in {"choose_password", "give_contact"}:
            assert endpoint.if_match, endpoint
        listed = "next_cursor" in (endpoint.answer or {}).get("properties", {})
        assert endpoint.paged == listed, endpoint


def test_no_code_reads_a_whole_table() -> None:
    """R5.3: the cost of an operation does not grow with the number of citizens."""
    assert not [place for place, name, _ in _calls() if name.endswith(".scan")]


def test_time_and_chance_have_one_source() -> None:
    """R7.3: tests move the clock in one place, and secrets come from the system."""
    clocks = {"datetime.now", "datetime.utcnow", "time.time", "date.today"}
    assert {place.split(":")[0] for place, name, _ in _calls() if name in clocks} == {"core/clock.py"}
    assert not [place for place, name, _ in _calls() if name.startswith(("random.", "uuid."))]


def test_a_log_line_has_a_fixed_event_and_ids_only() -> None:
    """R7.3: another name here means that somebody has looked at what goes into the log."""
    allowed = {
        *("request", "endpoint", "status", "code", "error", "where", "level"),
        *("provider", "message", "outcome", "reason", "outbox", "notice", "subject", "record"),
    }
    lines = [
        (place, call) for place, name, call in _calls() if name in {"observability.log", "observability.log_fault"}
    ]
    assert len(lines) > 5
    for place, call in lines:
        event = call.args[0]
        parts = event.values if isinstance(event, ast.JoinedStr) else [event]
        assert any(isinstance(part, ast.Constant) for part in parts), place
        assert len(call.args) == (1 if ast.unparse(call.func).endswith(".log") else 2), place
        assert {str(each.arg) for each in call.keywords} <= allowed, place


def test_nothing_else_writes_a_log() -> None:
    """R7.3"""
    wrote = {place.split(":")[0] for place, name, _ in _calls() if name == "print" or name.startswith("logging.")}
    assert wrote <= {"core/observability.py"}


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call in the product: its place, what is called, the call itself."""
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                place = f"{path.relative_to(ROOT / 'chalicelib')}:{node.lineno}"
                yield place, ast.unparse(node.func), node
