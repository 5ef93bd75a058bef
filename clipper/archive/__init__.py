"""The archive: every page as it was received, in WARC files that any tool can read.

    Page* -> capture -> Snapshot* -> read -> Page

WARC 1.1 (ISO 28500:2017, https://iipc.github.io/warc-specifications/), one gzip member a
record. The files are `clipper-YYYYMMDD-NNN.warc.gz`; one is open at a time.
"""

from .archive import Archive
from .copying import Copied, copy
from .records import Note

__all__ = ["Archive", "Copied", "Note", "copy"]
