"""The command line: click, the composition root, and the one broad except."""

from .door import main

__all__ = ["main"]
