"""The static site as CloudFront and its bucket would serve it: rewrites, caching, compression."""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from pathlib import Path

HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
SMALLEST_COMPRESSED = 512
COMPRESSED_TYPES = (
    "text/",
    "application/json",
    "application/javascript",
    "application/manifest+json",
    "image/svg",
)

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".ico": "image/vnd.microsoft.icon",
}


class BadPathError(ValueError):
    """The path is not one that a browser makes: not UTF-8, or it climbs out of the site."""


@dataclass(frozen=True)
class Page:
    """A static answer before compression."""

    status: int
    content_type: str
    content: bytes
    cache_control: str
    location: str | None = None

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    @property
    def compressible(self) -> bool:
        """Whether it is worth sending compressed."""
        return len(self.content) >= SMALLEST_COMPRESSED and self.content_type.startswith(COMPRESSED_TYPES)


def decoded(raw_path: str) -> str:
    """The path that a request line names. Raises BadPathError for one that must not be looked up."""
    try:
        path = unquote_to_bytes(raw_path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPathError(raw_path) from error
    if not path.startswith("/") or "\\" in path or any(ord(letter) < 0x20 for letter in path):
        raise BadPathError(raw_path)
    if "/." in path or "//" in path:  # climbs out, or asks for what is hidden
        raise BadPathError(raw_path)
    return path


class Site:
    """The built site in `pages`, with the published catalogue's files under `/catalogue/`.

    `pages/routes.json`, or the one of the sources, says which shell serves which address.
    """

    def __init__(self, pages: Path, catalogue: Path, routes: Path) -> None:
        self._pages = pages
        self._catalogue = catalogue
        self._routes_file = routes

    def find(self, raw_path: str) -> Page:
        """The answer to a GET of this path; always one, be it the page that says it is not there."""
        path = decoded(raw_path)
        for route in self._routes():
            if route.get("path") == path and "redirect" in route:
                return Page(302, "text/plain; charset=utf-8", b"", ASK_FIRST, location=route["redirect"])
        found = self._file(path) or self._shell(path)
        return _page(found) if found else self._missing()

    def _file(self, path: str) -> Path | None:
        if path.startswith("/catalogue/"):
            root, inside = self._catalogue, path.removeprefix("/catalogue/")
        else:
            root, inside = self._pages, path.removeprefix("/")
        candidate = root / inside
        if candidate.is_dir():
            candidate /= "index.html"
        if not candidate.is_file() or not candidate.resolve().is_relative_to(root.resolve()):
            return None
        return candidate

    def _shell(self, path: str) -> Path | None:
        if "." in path.rpartition("/")[2]:
            return None
        for route in self._routes():
            prefix = route.get("prefix")
            if prefix is not None and (path == prefix or path.startswith(prefix + "/")):
                return self._file(route["shell"])
        return None

    def _missing(self) -> Page:
        page = self._file("/404.html")
        content = page.read_bytes() if page else b"Not found\n"
        content_type = TYPES[".html"] if page else TYPES[".txt"]
        return Page(404, content_type, content, ASK_FIRST)

    def _routes(self) -> list[dict[str, Any]]:
        routes: list[dict[str, Any]] = json.loads(self._routes_file.read_text())
        return routes


def _page(file: Path) -> Page:
    fallback = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    cache_control = FOR_EVER if file.parent.name == "assets" and HASHED.search(file.name) else ASK_FIRST
    return Page(200, TYPES.get(file.suffix, fallback), file.read_bytes(), cache_control)


@lru_cache(maxsize=256)
def compressed(content: bytes) -> bytes:
    """`content` as gzip, the same bytes each time."""
    return gzip.compress(content, compresslevel=6, mtime=0)
