"""What counts as tracking, as a variant and as a redirector. An editor may extend these."""

from __future__ import annotations

import re

TRACKING_PREFIXES = (
    "utm_", "mc_", "guc", "at_", "ns_", "wt_", "wt.", "pk_", "mtm_", "matomo_", "piwik_", "hsa_",
    "_hs", "__hs", "fb_action_", "stm_", "oly_", "vero_", "rb_click", "cx_", "iterable",
    "__twitter_",
)  # fmt: skip
"""Parameters whose names begin so say where a reader came from, never what is read."""

TRACKING_NAMES = frozenset(
    {
        # advertising clicks
        "fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "ysclid",
        "twclid", "ttclid", "igshid", "igsh", "li_fat_id", "scclid", "irclickid", "epik", "srsltid",
        "dicbo", "tblci", "oborigurl", "wickedid", "zanpid", "_openstat", "s_kwcid", "ef_id",
        # campaigns and mailings
        "cmp", "cmpid", "intcmp", "int_cmp", "intcid", "icid", "ncid", "s_cid", "mkt_tok",
        "ck_subscriber_id", "ml_subscriber", "ml_subscriber_hash", "hsctatracking", "mbid", "cndid",
        "bxid", "esrc", "_bta_tid", "_bta_c", "trk_contact", "trk_msg", "trk_module", "trk_sid",
        # newsrooms' own
        "ocid", "ftag", "taid", "smid", "smtyp", "smprod", "xtor", "xtref", "sh", "ito", "ftcamp",
        "sr_share", "soc_src", "soc_trk", "tsrc", "sref", "ftcmp", "echobox", "_amp", "usqp",
        "amp_js_v", "amp_gsa", "cvid", "algotrack",
        # analytics
        "_ga", "_gl", "_gac", "_ke", "_kx", "__s", "fb_ref", "fb_source",
    }
)  # fmt: skip
"""Parameters that never say what is read; compared without case."""

TRACKING_VALUES = {
    "ref": re.compile(r"rss|feed|twitter|facebook|newsletter|email|homepage", re.IGNORECASE),
    "mod": re.compile(r"rss.*|e2tw|e2fb", re.IGNORECASE),
    "partner": re.compile(r"rss.*|feedburner", re.IGNORECASE),
    "emc": re.compile(r"rss", re.IGNORECASE),
    "feedtype": re.compile(r"rss", re.IGNORECASE),
    "rss": re.compile(r"1|yes|true", re.IGNORECASE),
    "source": re.compile(r"rss|feed", re.IGNORECASE),
}
"""Parameters that count as tracking with these values alone; else they may name the article."""

VARIANT_VALUES = {
    "outputtype": re.compile(r"amp.*", re.IGNORECASE),
    "output": re.compile(r"amp|print", re.IGNORECASE),
    "format": re.compile(r"amp|print|mobile", re.IGNORECASE),
    "view": re.compile(r"amp|print|mobile", re.IGNORECASE),
    "amp": re.compile(r"|1|true|yes", re.IGNORECASE),
    "__amp": re.compile(r"|1|true", re.IGNORECASE),
    "noamp": re.compile(r".*"),
    "print": re.compile(r"|1|true|y|yes|print", re.IGNORECASE),
    "printable": re.compile(r"|1|true|yes", re.IGNORECASE),
    "mobile": re.compile(r"|1|true|yes", re.IGNORECASE),
    "singlepage": re.compile(r"|1|true|yes", re.IGNORECASE),
}
"""Parameters that ask for another form of the same article; the loose key drops them."""

REDIRECTORS = (
    (r"(?:www\.)?google\.[a-z.]{2,6}", r"/url", ("q", "url")),
    (r"(?:www\.|l\.|lm\.|m\.)?(?:facebook|instagram)\.com", r"(?:/l\.php|/?)", ("u",)),
    (r"[^/]+", r"/l\.php", ("u",)),
    (r"(?:www\.)?youtube\.com", r"/redirect", ("q",)),
    (r"out\.reddit\.com", r".*", ("url",)),
    (r"(?:www\.)?duckduckgo\.com", r"/l/?", ("uddg",)),
    (r"t\.umblr\.com", r"/redirect", ("z",)),
    (r"(?:away\.|m\.|www\.)?vk\.com", r"/away(?:\.php)?", ("to",)),
    (r"[^/]*safelinks\.protection\.outlook\.com", r".*", ("url",)),
    (r"slack-redir\.net", r"/link", ("url",)),
    (r"(?:www\.)?linkedin\.com", r"/(?:safety/go|redir/redirect)", ("url",)),
    (r"12ft\.io", r"/proxy", ("q",)),
    (r"exit\.sc", r".*", ("url",)),
)
"""Host, path and parameter of services whose link only leads to another."""

_ARCHIVE_TODAY = r"archive\.(?:today|ph|is|li|md|fo|vn)"

WRAPPERS = (
    (r"web\.archive\.org", r"/web/\d{1,14}(?:[a-z]{2}_)?/(.+)"),
    (r"web\.archive\.org", r"/web/(https?:.+)"),
    (_ARCHIVE_TODAY, r"/\d[\d.-]{3,20}/(.+)"),
    (_ARCHIVE_TODAY, r"/(?:o/\w{1,9}/)?(https?:.+)"),
    (r"12ft\.io", r"/(https?:.+)"),
    (r"(?:www\.)?google\.[a-z.]{2,6}", r"/amp/(?:s/)?(.+)"),
    (r"[^/]+\.cdn\.ampproject\.org", r"/[cvi]/(?:s/)?(.+)"),
    (r"[^/]+\.bing-amp\.com", r"/[cvi]/(?:s/)?(.+)"),
)
"""Host and path of archives and caches; the group holds the address that they hold a copy of."""

TRACKING_FRAGMENT = re.compile(
    r":~:|(?:[\w:]*[?&])?(?:utm_|xtor=|echobox=|ref=rss|at_|mc_)", re.IGNORECASE
)
"""Fragments that begin so point at no place in the page."""

MOBILE_LABEL = re.compile(r"(?:amp|m|mobile|wap)\.(?=[^.]+\.)")
INNER_LABEL = re.compile(r"^([a-z]{2,3})\.m\.(?=[^.]+\.[^.]+$)")
"""Host labels of the forms for small screens: `m.x.org`, `en.m.x.org`."""

PATH_VARIANTS = (
    (re.compile(r"^/(?:amp|mobile|m|print)(?=/.)", re.IGNORECASE), ""),
    (re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE), "/"),
    (re.compile(r"[./-]amp(?=\.(?:html?|php|aspx?)$)", re.IGNORECASE), ""),
    (re.compile(r"\.amp/?$", re.IGNORECASE), ""),
    (re.compile(r"/(?:amp|print|mobile)(?:\.html?)?/?$", re.IGNORECASE), ""),
    (re.compile(r"/+$"), ""),
)
"""What the loose key takes out of a path, in this order, each once."""
