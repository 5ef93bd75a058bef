"""The demo: seven made-up outlets, served over real HTTP on this machine.

    with demo.serve(now) as servers:
        config = demo.write_config(folder, servers)

Outlets, people and events in the samples are invented. The texts are in `outlets/`, one
file an outlet; `layouts/` holds the pages they are poured into. Dates are counted back
from `now`; addresses hold no date, so that a later run sees the same articles.
"""

from clipper.demo.folder import config_text, write_config
from clipper.demo.samples import SampleArticle, SampleOutlet, outlets
from clipper.demo.server import PORT_BASE, Served, serve

__all__ = [
    "PORT_BASE",
    "SampleArticle",
    "SampleOutlet",
    "Served",
    "config_text",
    "outlets",
    "serve",
    "write_config",
]
