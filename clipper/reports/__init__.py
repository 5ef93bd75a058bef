"""Reports: what was found, put together for people who were not at the desk."""

from .brief import Brief, Correction, Story, cutoff_before, subject
from .letter import letter, page, plain

__all__ = [
    "Brief",
    "Correction",
    "Story",
    "cutoff_before",
    "letter",
    "page",
    "plain",
    "subject",
]
