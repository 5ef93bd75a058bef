"""Which IP addresses may be connected to: public ones only, and what the config allows.

`ipaddress` alone will not do: to it multicast, 6to4, the NAT64 prefix and a cloud's
metadata address are "global". So the special networks stand here by name, after the
IANA registries of special-purpose addresses (RFC 6890 and its successors), and of IPv6
only the global unicast block is taken at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Net: TypeAlias = IPv4Network | IPv6Network

_SPECIAL: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this machine"),
    ("10.0.0.0/8", "a private network"),
    ("100.64.0.0/10", "a provider's inner network"),
    ("127.0.0.0/8", "this machine"),
    ("168.63.129.16/32", "a cloud's inner service"),
    ("169.254.0.0/16", "the local link or a cloud's metadata"),
    ("172.16.0.0/12", "a private network"),
    ("192.0.0.0/24", "reserved for protocols"),
    ("192.0.2.0/24", "reserved for examples"),
    ("192.31.196.0/24", "a name service's sink"),
    ("192.52.193.0/24", "a multicast relay"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "a private network"),
    ("192.175.48.0/24", "a name service's sink"),
    ("198.18.0.0/15", "reserved for measurements"),
    ("198.51.100.0/24", "reserved for examples"),
    ("203.0.113.0/24", "reserved for examples"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved or broadcast"),
    ("2001::/23", "reserved for protocols"),
    ("2001:db8::/32", "reserved for examples"),
    ("2002::/16", "a 6to4 tunnel"),
    ("2620:4f:8000::/48", "a name service's sink"),
    ("3ffe::/16", "a former test network"),
    ("3fff::/20", "reserved for examples"),
)

_NETWORKS: tuple[tuple[Net, str], ...] = tuple((ip_network(net), why) for net, why in _SPECIAL)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def networks(allow: Iterable[str]) -> tuple[Net, ...]:
    """`allow` as networks. ValueError for one that is not in CIDR form."""
    return tuple(ip_network(net, strict=False) for net in allow)


@lru_cache(maxsize=4096)
def refusal(address: str, allow: tuple[Net, ...] = ()) -> str:
    """Why `address` must not be connected to, in words; empty when it may.

    >>> refusal("10.0.0.1")
    'a private network'
    >>> refusal("93.184.216.34")
    ''
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return "no IP address"
    if any(ip in net for net in allow if net.version == ip.version):
        return ""
    return _v4(ip) if isinstance(ip, IPv4Address) else _v6(ip)


def _v4(ip: IPv4Address) -> str:
    named = next((why for net, why in _NETWORKS if net.version == 4 and ip in net), "")
    return named or ("" if ip.is_global else "not a public address")


def _v6(ip: IPv6Address) -> str:
    # The NAT64 prefix carries every IPv4 site on networks without IPv4 (RFC 6052), and
    # must not carry private ones: the address inside decides.
    if ip in _NAT64:
        return _v4(IPv4Address(int(ip) & 0xFFFFFFFF))
    if ip not in _GLOBAL_UNICAST:
        return "not a public address"
    named = next((why for net, why in _NETWORKS if net.version == 6 and ip in net), "")
    return named or ("" if ip.is_global else "not a public address")
