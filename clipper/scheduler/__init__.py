"""What happens by itself: rounds of sources that are due, and what is done once a day.

The tick asks the store, not a timer, what is due: so a suspended laptop, a stopped process
or a clock that jumped needs no care of its own.
"""

from .clockwork import Clockwork, Job
from .daily import due_daily

__all__ = ["Clockwork", "Job", "due_daily"]
