"""A file of JSON lines that only grows: what this provider has seen and answered, kept over restarts."""

import json
import os
from pathlib import Path
from typing import Any


class Ledger:
    """Rows by key. `put` returns after the row is on the disk; a line cut off by a crash is passed over.

    Without a path the rows live in memory alone.
    """

    def __init__(self, path: Path | None, key: str) -> None:
        self._path = path
        self._key = key
        self._rows: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            self._read(path)

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the newest row of `key`."""
        return self._rows.get(key)

    def put(self, row: dict[str, Any]) -> None:
        """Append `row`; it is the newest of its key from now on."""
        if self._path is not None:
            self._append(self._path, json.dumps(row, separators=(",", ":")))
        self._rows[row[self._key]] = row

    def _read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            try:
                row = json.loads(line)
                self._rows[row[self._key]] = row
            except (ValueError, KeyError, TypeError):
                continue
        if text and not text.endswith("\n"):
            self._append(path, "")

    @staticmethod
    def _append(path: Path, line: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
