"""From which network address somebody comes."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

__all__ = ["network_address"]

_OF_ONE = 64
"""Bits of an IPv6 address that tell one network from another: everybody has billions of addresses within one."""


def network_address(request: HttpRequest) -> str:
    """The address from which the request came; of IPv6, its network.

    What a proxy says of it is believed where the proxy is named in the setting `trusted_proxies`, and no further: the
    nearest address that is none of them. Anybody can write the header.
    """
    addresses = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    nearest = ""
    for address in reversed([address.strip() for address in addresses]):
        if not _is_address(address):
            break
        nearest = address
        if not _is_trusted(address):
            break
    return _network(nearest)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str) -> bool:
    return any(ip_address(address) in ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)


def _network(address: str) -> str:
    if not address:
        return "unknown"
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((int(parsed), _OF_ONE), strict=False))
    return str(parsed)
