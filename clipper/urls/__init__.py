"""URLs from outside: made safe to follow, and compared.

`join` is the one way in: whatever a feed or page calls a link becomes an absolute
http(s) URL in ASCII, or nothing. Two keys tell whether two URLs are one page:

- `strict_key` is identity. Two URLs with one strict key are one article.
- `loose_key` proposes. Two URLs of one outlet with one loose key are probably one
  article (its AMP, mobile or print form, or behind a redirector); text or title
  must agree before they are joined.

The rules follow the WHATWG URL standard where browsers and servers agree, and
RFC 3986, section 6, for the normal form. The tables are in `tables`; `tests/data/urls.tsv`
holds their cases.
"""

from clipper.urls.keys import canonical, loose_key, strict_key, unwrap, without_tracking
from clipper.urls.parts import MAX_LENGTH, host, is_web, join, site

__all__ = [
    "MAX_LENGTH",
    "canonical",
    "host",
    "is_web",
    "join",
    "loose_key",
    "site",
    "strict_key",
    "unwrap",
    "without_tracking",
]
