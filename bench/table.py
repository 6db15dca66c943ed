"""What a part of the bench has found, and how it is printed."""

from __future__ import annotations

import statistics
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 120
_GAP = "  "


@dataclass(frozen=True)
class Section:
    """One part of the table: a title, rows under a head, and what has to be known to read them."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: str


def rendered(section: Section) -> str:
    """The section as text: the first column and a text in the last one to the left, numbers to the right."""
    columns = list(zip(section.head, *section.rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    before = sum(widths[:-1]) + len(_GAP) * len(widths)
    widths[-1] = min(widths[-1], WIDTH - before)
    lines = [section.title]
    for row in (section.head, *section.rows):
        first, *rest = textwrap.wrap(row[-1], widths[-1]) or [""]
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)]
        is_number = first.replace(".", "").isdecimal() or (row is section.head and _all_numbers(section))
        cells.append(first.rjust(widths[-1]) if is_number else first)
        lines.append(_GAP + _GAP.join(cells).rstrip())
        lines += [" " * before + line for line in rest]
    return "\n".join([*lines, textwrap.fill(section.notes, WIDTH, initial_indent=_GAP, subsequent_indent=_GAP)])


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, between two of them where it has to be."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def _all_numbers(section: Section) -> bool:
    return all(row[-1].replace(".", "").isdecimal() for row in section.rows)
