"""The commented file that `clipper init` writes."""

from __future__ import annotations

from typing import Final

_STARTER: Final = """\
# What clipper follows, and what it looks for.
#
# This file is read each time clipper runs. To try a change:  clipper check
# Lines that start with '#' are notes; clipper does not read them.
# Blanks at the start of a line count: keep things that belong together in line.

# How outlets can reach you. It is sent along with every request; without it some
# outlets answer nothing. Take away the '#' and put in your own address:
# contact: press@your-group.example


# ---- Outlets: the newspapers, stations and magazines that you follow --------------
# The name is what readers see after "Via". For the address there are two ways:
#   site: the home page; clipper looks for the outlet's feed there
#   feed: the address of the feed, if you know it (it often ends in /feed/ or /rss)

outlets:
  - name: Stanford Daily
    site: https://stanforddaily.com

  - name: Daily Nexus
    site: https://dailynexus.com

  # An outlet may say more about itself:
  - name: The Guardian US
    site: https://www.theguardian.com/us
    aliases: [The Guardian, Guardian US]    # other names for it
    language: en
    gap: 5 s                                # pause between two of its pages


# ---- Campaigns: what you look for ---------------------------------------------------
# A query stands in single quotes. In it:
#   "private prison"      the words in this order, in double quotes
#   prison*               any ending: prison, prisons, prisoner …
#   OR  AND  NOT          in capitals; words side by side mean AND
#   divest* NEAR/10 prison*   both, at most ten words apart
#   {ICE}                 exactly so in capitals: the agency, not the ice on the lake

campaigns:
  - name: Prison divestment
    query: '"private prison*" OR "for-profit prison*" OR (divest* NEAR/10 prison*)'

  # A longer query reads better on several lines, after a '|' and without quotes:
  - name: Immigration detention
    query: |
      ({ICE} OR immigra*) NEAR/15 (detain* OR detention)
      OR "centro de detención"


# ---- All that follows may be left out; what is shown is what clipper does anyway ------

# interval: 1 h               # so long after publication a story is found at the latest

# budget:                     # how much of an article you republish: the lesser of
#   words: 150                #   so many words
#   share: 1/3                #   and such a part of the article

# profiles:                   # other limits: agencies' copy, an outlet that says profile: brief
#   - {name: wire, words: 75, share: 1/5}
#   - {name: brief, words: 60}

# publish:
#   site:                     # the page of updates that clipper writes
#     title: In the news
#     folder: public          # without it: data/site
#     url: https://your-group.example/news

# tags:                       # labels that a clipping gets by itself
#   Students: 'student* OR campus'

# lists:                      # terms that a query can name: $lenders
#   lenders: [First Example Bank, Example Capital]

# Passwords never stand in this file.
"""


def template() -> str:
    """A whole, valid and commented `sources.yaml` for somebody who never saw one."""
    return _STARTER
