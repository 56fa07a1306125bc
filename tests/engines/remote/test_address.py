"""Where a server is, whose key goes there, and whether it costs money."""

import pytest

from repartee.engines.remote.address import checked_url, find_key, is_billed

KEY = "sk-secret"


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:11434/v1", "ftp://host/v1", "http://", "http://[::1/v1", "ws://host"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        checked_url(url)


def test_a_socket_has_other_schemes() -> None:
    assert checked_url("ws://host/v1", schemes=("ws", "wss")).host == "host"


@pytest.mark.parametrize("key", ["sk\nX: y", "sk\x00", "schlüssel"])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(ValueError, match="characters that no key has") as refused:
        find_key("http://host", key, None)
    assert key not in str(refused.value)


def test_the_key_of_one_host_is_not_sent_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OTHER_KEY", "sk-other\n")
    monkeypatch.delenv("NO_KEY", raising=False)
    assert find_key("https://api.openai.com/v1", None, None) == KEY
    for url in ("http://127.0.0.1:11434/v1", "https://api.openai.com.example/v1"):
        assert find_key(url, None, None) == ""
        assert find_key(url, "sk-mine", "OTHER_KEY") == "sk-mine"
        assert find_key(url, "", "OTHER_KEY") == "sk-other"
    with pytest.raises(ValueError, match="the variable NO_KEY"):
        find_key("http://host", None, "NO_KEY")


@pytest.mark.parametrize(
    ("host", "billed"),
    [
        ("api.openai.com", True),
        ("8.8.8.8", True),
        ("[2606:4700::1111]", True),
        ("localhost.example.com", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("[::1]", False),
        ("10.1.2.3", False),
        ("192.168.0.9", False),
        ("172.16.0.1", False),
        ("[fd00::1]", False),
        ("100.64.0.1", False),
        ("speech", False),
        ("gpu.local", False),
        ("GPU.Internal.", False),
    ],
)
def test_a_public_host_costs_money_unless_said_otherwise(host: str, billed: bool) -> None:
    assert is_billed(f"https://{host}:8443/v1") is billed
    assert is_billed(f"https://{host}/v1", said=not billed) is not billed
