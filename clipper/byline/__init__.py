"""Author lines and datelines, as papers print them, taken apart.

`parse` reads a byline into names, agency and doubts; `dateline` finds the printed
place that opens a text. Both read bounded input in linear time and never raise. The
words they know are in `tables`; `tests/data/bylines.tsv` and `datelines.tsv` hold
their cases.
"""

from clipper.byline.dateline import Dateline, dateline
from clipper.byline.line import MAX_LENGTH, Byline, parse

__all__ = ["MAX_LENGTH", "Byline", "Dateline", "dateline", "parse"]
