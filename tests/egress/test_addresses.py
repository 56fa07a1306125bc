"""Which addresses are public, and how hosts may be written."""

from ipaddress import ip_address

import httpx2
import pytest

from repartee.egress.addresses import AllowList, host_of, is_public, plain

PUBLIC = ("8.8.8.8", "192.31.196.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8")
NOT_PUBLIC = (
    *("0.0.0.0", "10.0.0.1", "100.100.100.200", "127.0.0.1", "168.63.129.16", "169.254.169.254"),
    *("172.16.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808"),
    *("2002:7f00:1::", "2002:808:808::", "2001:0:7f00:1::", "2001:db8::1", "3fff::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "4000::1"),
)


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_may_be_reached(text: str) -> None:
    assert is_public(plain(text))


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_nothing_else_may(text: str) -> None:
    assert not is_public(plain(text))


def test_a_mapped_address_is_the_one_that_it_maps() -> None:
    assert plain("::ffff:10.1.2.3") == ip_address("10.1.2.3")


def test_an_address_of_one_link_is_none() -> None:
    with pytest.raises(ValueError, match="one link"):
        plain("2606:4700::1111%eth0")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Public.Example./x", "public.example"),
        ("https://münchen.example/", "xn--mnchen-3ya.example"),
        ("https://1password.example/", "1password.example"),
        ("https://a_b.example/", "a_b.example"),
    ],
)
def test_a_name_is_as_dns_has_it(url: str, host: str) -> None:
    assert host_of(httpx2.URL(url)) == host


def test_an_address_is_known_as_one() -> None:
    assert host_of(httpx2.URL("https://8.8.8.8./")) == ip_address("8.8.8.8")
    assert host_of(httpx2.URL("https://[2606:4700::1111]/")) == ip_address("2606:4700::1111")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0", "a.0x", "1.2.3.4.5"])
def test_an_address_in_another_form_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="another form"):
        host_of(httpx2.URL(f"https://{host}/"))


@pytest.mark.parametrize("host", ["a..b", "a%2eb", "a..", f"{'a' * 64}.b", "a." * 127 + "a"])
def test_what_can_be_no_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="cannot be one"):
        host_of(httpx2.URL(f"https://{host}/"))


def test_the_allow_list_knows_names_addresses_and_networks() -> None:
    allowed = AllowList(["MCP.internal.", "münchen.example", "10.1.0.0/16", "::1"])
    assert "mcp.internal" in allowed
    assert "xn--mnchen-3ya.example" in allowed
    assert "evil.mcp.internal" not in allowed
    assert ip_address("10.1.2.3") in allowed
    assert ip_address("10.2.0.1") not in allowed
    assert ip_address("::1") in allowed


@pytest.mark.parametrize(
    "entry", ["", "https://a.example", "a.example:80", "a.example/x", "10.1.2.3/16", "127.1", "*.a"]
)
def test_an_entry_that_allows_nothing_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError, match="neither the name of a host nor a network"):
        AllowList([entry])
