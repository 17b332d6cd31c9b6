"""Graphs of dependencies, in columns from left to right, as inline SVG without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from statistics import fmean

from ..documents.page import Html

_HEIGHT, _GAP, _CHARACTER, _PADDING, _BETWEEN = 30, 14, 7.1, 24, 56
_HEAD = 7  # pixels, of an arrow
_LEAST = 640  # pixels; on narrower pages the graph scrolls, so that its letters do not become too small

Uses = Mapping[str, Iterable[str]]


def graph(
    uses: Uses, link: Callable[[str], str] = "{}.html".format, marked: str = "", named: Callable[[str], str] = str
) -> Html:
    """A box for each key of `uses`, a link; an arrow from a used key to its user. `marked` is emphasised.

    named   the word in the box of a key
    The graph has no cycle, and every used name is a key. An arrow that follows from two others is left out.

    >>> graph({"a": [], "b": ["a"], "c": ["a", "b"]}).count("<path")
    2
    """
    edges = _reduced(uses)
    columns = _columns(edges)
    words = {name: named(name) for name in uses}
    placed = _placed(columns, words)
    width = 2 + max(box.x + box.width for box in placed.values())
    height = 2 + max(box.y + _HEIGHT for box in placed.values())
    curves = "".join(_curve(placed, chain) for chain in _chains(edges, columns))
    boxes = "".join(_box(placed[name], words[name], link(name), name == marked) for name in uses)
    style = f"width: {width:.0f}px; min-width: {min(width, _LEAST):.0f}px"
    return Html(
        f'<div class="scroll"><svg class="graph" role="img" viewBox="-1 -1 {width:.0f} {height:.0f}" style="{style}">'
        f"<title>An arrow leads from a theorem to one whose proof uses it</title>{curves}{boxes}</svg></div>"
    )


def around(uses: Uses, name: str) -> dict[str, list[str]]:
    """The part of the graph on which `name` depends, and the part that depends on it.

    >>> around({"a": [], "b": ["a"], "c": ["b"], "d": []}, "b")
    {'a': [], 'b': ['a'], 'c': ['b']}
    """
    users = {n: [m for m in uses if n in uses[m]] for n in uses}
    near = _reached(uses, name) | _reached(users, name)
    return {n: [m for m in uses[n] if m in near] for n in uses if n in near}


def in_order(uses: Uses) -> list[str]:
    """The keys, each after its dependencies and near them: the shallow before the deep.

    >>> in_order({"a": ["b"], "b": [], "c": []})
    ['b', 'c', 'a']
    """
    depth = _depths({name: list(used) for name, used in uses.items()})
    return sorted(uses, key=lambda name: depth[name])


def alone(uses: Uses) -> list[str]:
    """The keys that neither use another nor are used.

    >>> alone({"a": ["b"], "b": [], "c": []})
    ['c']
    """
    used = {below for names in uses.values() for below in names}
    return [name for name, below in uses.items() if not below and name not in used]


def _reached(uses: Uses, name: str) -> set[str]:
    return {name}.union(*(_reached(uses, n) for n in uses[name]))


def _reduced(uses: Uses) -> dict[str, list[str]]:
    """The edges that are not implied by a longer path."""
    below = {n: _reached(uses, n) for n in uses}
    return {n: [a for a in uses[n] if not any(a in below[b] for b in uses[n] if b != a)] for n in uses}


# A place is a name, or for an edge that passes through a column (used, user, column).
_Place = str | tuple[str, str, int]


def _depths(edges: dict[str, list[str]]) -> dict[str, int]:
    @cache
    def depth(name: str) -> int:
        return 1 + max((depth(n) for n in edges[name]), default=-1)

    return {name: depth(name) for name in edges}


def _chains(edges: dict[str, list[str]], columns: list[list[_Place]]) -> list[list[_Place]]:
    """Every edge as the places on its path."""
    depth = {place: d for d, column in enumerate(columns) for place in column if isinstance(place, str)}
    return [
        [used, *((used, user, d) for d in range(depth[used] + 1, depth[user])), user]
        for user in edges
        for used in edges[user]
    ]


def _columns(edges: dict[str, list[str]]) -> list[list[_Place]]:
    """Places by depth; in its column each is near the mean of its neighbours, which avoids most crossings."""
    depths = _depths(edges)
    columns: list[list[_Place]] = [[n for n in edges if depths[n] == d] for d in range(1 + max(depths.values()))]
    chains = _chains(edges, columns)
    for chain in chains:
        for place in chain[1:-1]:
            columns[place[2]].append(place)  # type: ignore[index]
    near: dict[_Place, list[_Place]] = {place: [] for column in columns for place in column}
    for a, b in (pair for chain in chains for pair in pairwise(chain)):
        near[a].append(b)
        near[b].append(a)
    for sweep in range(8):
        row = {place: n - len(column) / 2 for column in columns for n, place in enumerate(column)}
        for column in columns[:: 1 if sweep % 2 else -1]:
            column.sort(key=lambda place: fmean(row[p] for p in near[place]) if near[place] else row[place])
            row |= {place: n - len(column) / 2 for n, place in enumerate(column)}
    return columns


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float


def _placed(columns: list[list[_Place]], words: Mapping[str, str]) -> dict[_Place, _Box]:
    tallest = max(map(len, columns))
    placed, x = {}, 0.0
    for column in columns:
        width = max(_CHARACTER * len(words[place]) + _PADDING if isinstance(place, str) else 0 for place in column)
        top = (tallest - len(column)) / 2
        placed |= {place: _Box(x, (top + n) * (_HEIGHT + _GAP), width) for n, place in enumerate(column)}
        x += width + _BETWEEN
    return placed


def _curve(placed: dict[_Place, _Box], chain: list[_Place]) -> str:
    """From the right side of the first box to a head at the left side of the last, straight through the columns between."""
    path, x_, y_ = "", 0.0, 0.0
    for before, after in pairwise(placed[place] for place in chain):
        x, y, x_, y_ = before.x + before.width, before.y + _HEIGHT / 2, after.x, after.y + _HEIGHT / 2
        middle = (x + x_) / 2
        path += f"{'L' if path else 'M'}{x:.0f} {y:.0f}C{middle:.0f} {y:.0f} {middle:.0f} {y_:.0f} {x_:.0f} {y_:.0f}"
    head = f"{x_:.0f},{y_:.0f} {x_ - _HEAD:.0f},{y_ - _HEAD / 2:.0f} {x_ - _HEAD:.0f},{y_ + _HEAD / 2:.0f}"
    return f'<path d="{path}"/><polygon points="{head}"/>'


def _box(box: _Box, name: str, address: str, marked: bool) -> str:
    middle, kind = f"{box.x + box.width / 2:.0f}", ' class="marked"' if marked else ""
    return (
        f'<a href="{escape(address)}"{kind}><rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" '
        f'height="{_HEIGHT}" rx="6"/><text x="{middle}" y="{box.y + _HEIGHT / 2:.0f}" dy=".34em">'
        f"{escape(name)}</text></a>"
    )
