"""From which address a request is counted: the nearest that is no proxy of ours."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.test.utils import override_settings

from coterie_web.accounts.network import network_address

PROXIES = ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "counted"),
    [
        ((), "192.0.2.1", "", "192.0.2.1"),
        ((), "192.0.2.1", "198.51.100.7", "192.0.2.1"),  # anybody can write the header
        (PROXIES, "10.0.0.2", "198.51.100.7", "198.51.100.7"),
        (PROXIES, "10.0.0.2", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first was written by who asks
        (PROXIES, "10.0.0.2", "198.51.100.7, 10.0.0.3", "198.51.100.7"),
        (PROXIES, "10.0.0.2", "nonsense", "10.0.0.2"),
        (PROXIES, "10.0.0.2", "", "10.0.0.2"),
        ((), "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ((), "::ffff:192.0.2.1", "", "::ffff:c000:201"),
        ((), "", "", "unknown"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_counts(
    proxies: tuple[str, ...], peer: str, forwarded: str, counted: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with override_settings(TRUSTED_PROXIES=proxies):
        assert network_address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)) == counted
