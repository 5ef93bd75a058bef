"""Notices: what happened since somebody was last told, told once, to chats and webhooks.

    look -> rows in the outbox, with the mark up to which was looked, in one transaction
    send -> intent kept -> handed over -> end kept

Each target has an outbox of its own, and nothing else waits for it: what fails keeps its
place there with its reason in words, and is tried again after a growing pause.
"""

from .looking import look
from .quiet import is_quiet
from .sending import PAUSES, Courier, Failed, Letter, Told, again, arrived, send
from .target import CHAT, WEBHOOK, Rules, Target

__all__ = [
    "CHAT",
    "PAUSES",
    "WEBHOOK",
    "Courier",
    "Failed",
    "Letter",
    "Rules",
    "Target",
    "Told",
    "again",
    "arrived",
    "is_quiet",
    "look",
    "send",
]
