"""Mistakes of whole classes, caught by looking at the application as it is declared."""

import importlib
import os
from pathlib import Path

os.environ.setdefault("STAGE", "test")

ROOT = Path(__file__).parents[3]


def test_every_route_is_an_endpoint_that_states_its_authentication() -> None:
    """R8.1"""
    from chalicelib.core.http import Auth, endpoints

    app = importlib.import_module("app").app
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    stated = {(endpoint.method, endpoint.path): endpoint.auth for endpoint in endpoints()}
    assert set(stated) == routes
    assert all(isinstance(auth, Auth) for auth in stated.values())
    public = {path for (_, path), auth in stated.items() if auth is Auth.PUBLIC}
    assert public == {"/v1/session", "/v1/terms", "/v1/operator/session", "/openapi.json"}


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
