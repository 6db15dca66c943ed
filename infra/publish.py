"""Publishes the catalogue: checks it, writes versions to the table and the search index to the site.

    python -m infra.publish --stage dev --site build/dev/site

A service's version never changes. Whoever changes a service, or a name that it shows, gives it a new version.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.catalogue import Catalogue, CatalogueInvalid, read_catalogue
from infra.environment import adopt
from infra.stages import ROOT, STAGES

PutVersion = Callable[[Mapping[str, Any]], bool]

INDEX = "index.json"
_INDEXED = (
    "id",
    "version",
    "title",
    "summary",
    "category",
    "keywords",
    "addressees",
    "assurance",
    "signature",
    "deadline",
    "fee",
)


@dataclass(frozen=True)
class Published:
    """What a publication did, as `id version`."""

    new: tuple[str, ...]
    unchanged: tuple[str, ...]


def publish(catalogue: Path, site: Path, put_version: PutVersion) -> Published:
    """Publish what lies in `catalogue`: each service through `put_version`, the index into `site`.

    `put_version` tells whether a version is new, and raises when it is there with other content. Raises
    CatalogueInvalid before anything is written when the catalogue has a fault.
    """
    found = read_catalogue(catalogue)
    new: list[str] = []
    unchanged: list[str] = []
    for service in found.services.values():
        name = f"{service['id']} {service['version']}"
        (new if put_version(resolved(service, found)) else unchanged).append(name)
    site.mkdir(parents=True, exist_ok=True)
    draft = site / f"{INDEX}.new"
    draft.write_text(json.dumps(index(found), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    draft.replace(site / INDEX)
    return Published(tuple(new), tuple(unchanged))


def resolved(service: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Return a service with the providers' names as options of its question for the addressee."""
    copy: dict[str, Any] = json.loads(json.dumps(service))
    for page in copy["form"]["pages"]:
        for field in page["fields"]:
            if field["widget"] == "addressee":
                field["options"] = [
                    {"value": addressee, "label": catalogue.providers[addressee]["name"]}
                    for addressee in service["addressees"]
                ]
    return copy


def index(catalogue: Catalogue) -> dict[str, Any]:
    """Return what the browser searches: heads of services, with the names of who answers."""
    return {
        "categories": catalogue.categories,
        "providers": [
            {"id": provider["id"], "name": provider["name"]} for provider in catalogue.providers.values()
        ],
        "services": [
            {name: service[name] for name in _INDEXED}
            | {"provider_names": [catalogue.providers[addressee]["name"] for addressee in service["addressees"]]}
            for service in catalogue.services.values()
        ],
    }


def main(arguments: list[str] | None = None) -> int:
    """Publish to a deployed stage with the caller's credentials."""
    parser = argparse.ArgumentParser(prog="python -m infra.publish", description=__doc__.splitlines()[0])
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("--site", type=Path, help="folder of the site's /catalogue (build/STAGE/catalogue)")
    parser.add_argument("--catalogue", type=Path, default=ROOT / "catalogue")
    given = parser.parse_args(arguments)
    adopt(given.stage)
    from chalicelib.catalogue import repository

    site = given.site or ROOT / "build" / given.stage / "catalogue"
    try:
        done = publish(given.catalogue, site, repository.put_version)
    except CatalogueInvalid as invalid:
        print(invalid, file=sys.stderr)
        return 1
    except repository.VersionExists as exists:
        print(f"{exists} was published with other content: give it a new version", file=sys.stderr)
        return 1
    except repository.VersionOutdated as outdated:
        print(f"{outdated} is older than what is published: give it a new version", file=sys.stderr)
        return 1
    print(f"New: {', '.join(done.new) or 'none'}. Unchanged: {', '.join(done.unchanged) or 'none'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
