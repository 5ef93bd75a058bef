"""The values that pass between the stages, one frozen type each.

Nothing in here acts, and nothing is filled in later: each stage takes the value
of the one before and returns its own. The words are the glossary's
(`docs/reference/glossary.md`). All datetimes are aware and in UTC.

    Source -> Poll(Entry*, Mark) -> Page -> Snapshot -> Article -> Match* -> Placement
           -> Harvest -> Clipping -> Update -> Receipt
"""

from .common import EPOCH, Headers, Mark
from .configured import WHOLE, WIRE, Basis, Budget, Campaign, Figures, Grant, Outlet, Source
from .fetching import FetchError, Hop, Page, Snapshot
from .judging import Excerpt, Hit, Match, Span
from .keeping import (
    MOVES,
    Clipping,
    Harvest,
    LedgerLine,
    Pending,
    Reading,
    Status,
    StoredArticle,
    Transition,
)
from .placing import Candidate, Fingerprint, Kinship, Nearby, Newcomer, Placement, Spread
from .polling import Bounds, Entry, Poll, PollError, Pulse, Why
from .publishing import Picture, Receipt, Update
from .reading import Article, Doubt, ExtractError, Origin, shortcomings
from .taking import TROUBLED, FileState, WarcFile, WarcFolderState

__all__ = [
    "EPOCH",
    "MOVES",
    "TROUBLED",
    "WHOLE",
    "WIRE",
    "Article",
    "Basis",
    "Bounds",
    "Budget",
    "Campaign",
    "Candidate",
    "Clipping",
    "Doubt",
    "Entry",
    "Excerpt",
    "ExtractError",
    "FetchError",
    "Figures",
    "FileState",
    "Fingerprint",
    "Grant",
    "Harvest",
    "Headers",
    "Hit",
    "Hop",
    "Kinship",
    "LedgerLine",
    "Mark",
    "Match",
    "Nearby",
    "Newcomer",
    "Origin",
    "Outlet",
    "Page",
    "Pending",
    "Picture",
    "Placement",
    "Poll",
    "PollError",
    "Pulse",
    "Reading",
    "Receipt",
    "Snapshot",
    "Source",
    "Span",
    "Spread",
    "Status",
    "StoredArticle",
    "Transition",
    "Update",
    "WarcFile",
    "WarcFolderState",
    "Why",
    "shortcomings",
]
