"""The config that follows the served sample outlets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from clipper.demo.server import Served

_HEAD: Final = """\
# The config of clipper's demo: made-up outlets, served by this machine to itself.
# Written anew by each `clipper demo`; start your own with `clipper init` elsewhere.

contact: demo@example.org

network:
  allow: 127.0.0.0/8      # only the demo may fetch from this machine itself

outlets:
"""

_CAMPAIGNS: Final = """\

campaigns:
  - name: Prison divestment
    queries:
      - |
        (prison* OR carcel* OR "detention center*") NEAR/15
        (divest* OR invest* OR desinver* OR sell* OR lend* OR presta* OR shareholder*)
      - '("private prison*" OR "for-profit prison*" OR "prisiones privadas" OR Corvane)
        AND (fund* OR fondo OR bank OR banco OR trustee* OR stock OR shares)'

  - name: Immigration detention
    queries:
      # {ICE} is the agency; the ice on the rink is not
      - '{ICE} NEAR/20 (detain* OR detention OR hunger OR detenid* OR detención)'
      # In Spanish "adelanto" is an advance on the wages; the town comes with a place
      - '{ADELANTO} OR ({Adelanto} NEAR/10 (detention OR detainees))'
      - '(immigra* OR migrant* OR inmigrant*) NEAR/25 (detention OR detenid* OR detención)'

  - name: Calls from jail
    query: |
      (jail* OR inmate* OR cárcel* OR prison*) NEAR/25
      ("phone call*" OR "a minute" OR llamada*)

tags:
  Students: '(student* OR estudiante*) AND (divest* OR desinver* OR inversiones)'
"""


def config_text(servers: Sequence[Served]) -> str:
    """The config as text."""
    return _HEAD + "".join(_outlet(served) for served in servers) + _CAMPAIGNS


def _outlet(served: Served) -> str:
    return f"""\
  - name: {served.outlet.name}
    site: {served.home}
    feed: {served.feed}
    language: {served.outlet.language}
    gap: 0
"""


def write_config(folder: Path, servers: Sequence[Served]) -> Path:
    """Writes `sources.yaml` into `folder`, which is made when missing; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sources.yaml"
    path.write_text(config_text(servers), encoding="utf-8")
    return path
