"""How this room writes its longer tables and its XPath expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lxml import etree

Finder: TypeAlias = Callable[[Any], Any]
"""A compiled XPath expression, called with an element."""


def words(lines: str) -> tuple[str, ...]:
    """The words of `lines`, in order."""
    return tuple(lines.split())


def xpath(expression: str) -> Finder:
    """The compiled `expression`; lxml's own type names every answer that any could give."""
    found: Finder = etree.XPath(expression)
    return found
