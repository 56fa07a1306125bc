"""The hub is asked in its own words, its answers are doubted, and the token stays at home."""

from collections.abc import Iterator

import httpx2
import pytest

from models.scripted_hub import COMMIT, ScriptedHub
from repartee.models.remote import BrokenOff, Hub, HubError, RemoteFile

REPOSITORY = "pipecat-ai/smart-turn-v3"
LARGE = "smart-turn-v3.2-cpu.onnx"
TOKEN = "hf_secret0123456789"


@pytest.fixture
def source(hub: ScriptedHub) -> Iterator[Hub]:
    asked = Hub({"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN})
    yield asked
    asked.close()


def read(source: Hub, file: RemoteFile, begin: int = 0) -> tuple[int, bytes]:
    with source.opened(REPOSITORY, COMMIT, file, begin) as content:
        return content.begin, b"".join(content.parts)


def test_a_branch_has_a_commit_and_that_has_files(source: Hub, hub: ScriptedHub) -> None:
    assert source.commit(REPOSITORY) == COMMIT
    files = {each.path: each for each in source.files(REPOSITORY, COMMIT)}
    assert set(files) == {*hub.small, *hub.large}  # of several pages, and no folder
    for path in files:
        content = (hub.small | hub.large)[path]
        assert files[path] == RemoteFile(path, len(content), hub.digest(path))
    assert len(hub.of("hub", "/tree/")) == 2


def test_files_come_from_wherever_they_lie(source: Hub, hub: ScriptedHub) -> None:
    files = {each.path: each for each in source.files(REPOSITORY, COMMIT)}
    assert read(source, files["README.md"]) == (0, hub.small["README.md"])
    assert read(source, files[LARGE]) == (0, hub.large[LARGE])
    assert read(source, files[LARGE], 1000) == (1000, hub.large[LARGE][1000:])


def test_a_server_may_send_all_though_it_was_asked_for_a_part(
    source: Hub, hub: ScriptedHub
) -> None:
    hub.ranges = False
    file = RemoteFile(LARGE, 1, hub.digest(LARGE))
    assert read(source, file, 1000) == (0, hub.large[LARGE])


def test_what_breaks_off_is_told(source: Hub, hub: ScriptedHub) -> None:
    hub.cuts = [10]
    with pytest.raises(BrokenOff):
        read(source, RemoteFile(LARGE, 1, hub.digest(LARGE)))


def test_the_token_goes_to_the_hub_alone(source: Hub, hub: ScriptedHub) -> None:
    files = {each.path: each for each in source.files(REPOSITORY, COMMIT)}
    read(source, files[LARGE])
    assert {each.headers.get("authorization") for each in hub.of("hub")} == {f"Bearer {TOKEN}"}
    (elsewhere,) = hub.of("cdn")
    assert TOKEN not in str(elsewhere)
    assert TOKEN not in f"{source!r} {source}"


def test_without_a_token_none_is_sent(hub: ScriptedHub) -> None:
    source = Hub({"HF_ENDPOINT": hub.url + "/"})
    source.commit(REPOSITORY)
    source.close()
    assert "authorization" not in hub.asked[0].headers


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (401, {}, r"does not show .* to this token \(401\): accept its terms at http.*HF_TOKEN"),
        (403, {}, r"\(403\)"),
        (404, {}, rf"has no {REPOSITORY}.*\(404\)"),
        (429, {"Retry-After": "30"}, r"\(429\): try again in 30 s, or set HF_TOKEN"),
        (429, {"Retry-After": "soon"}, "try again later"),
        (503, {}, r"\(503\): try again later"),
    ],
)
def test_a_refusal_says_what_to_do(
    source: Hub, hub: ScriptedHub, status: int, headers: dict[str, str], told: str
) -> None:
    hub.refusal = (status, headers)
    with pytest.raises(HubError, match=told) as refused:
        source.commit(REPOSITORY)
    assert TOKEN not in str(refused.value)


def test_two_digests_of_one_file_are_one_too_many(source: Hub, hub: ScriptedHub) -> None:
    hub.etag = "f" * 64
    with pytest.raises(HubError, match="states two digests"):
        read(source, RemoteFile(LARGE, 1, hub.digest(LARGE)))
    assert not hub.of("cdn")


@pytest.mark.parametrize("path", ["../x.onnx", "/x.onnx", "a//x.onnx", "a\\x.onnx", "a\nx.onnx"])
def test_names_that_lead_elsewhere_are_refused(source: Hub, hub: ScriptedHub, path: str) -> None:
    hub.small = {path: b"x"}
    with pytest.raises(HubError, match="cannot be one"):
        source.files(REPOSITORY, COMMIT)


def test_a_digest_that_names_a_file_is_none(source: Hub, hub: ScriptedHub) -> None:
    hub.stated[LARGE] = "../../evil"
    with pytest.raises(HubError, match="cannot be one"):
        source.files(REPOSITORY, COMMIT)


def test_what_is_no_hub_is_told(source: Hub, hub: ScriptedHub) -> None:
    hub.refusal = (200, {})
    with pytest.raises(HubError, match="what answers is no hub"):
        source.commit(REPOSITORY)
    hub.refusal, hub.commit = None, "main; rm -r"
    with pytest.raises(HubError, match="names no commit"):
        source.commit(REPOSITORY)


def test_an_address_that_nobody_has_is_told_in_a_line(hub: ScriptedHub) -> None:
    source = Hub({"HF_ENDPOINT": "http://127.0.0.1:9"})
    with pytest.raises(HubError, match=r"127\.0\.0\.1 cannot be reached .* HF_ENDPOINT"):
        source.commit(REPOSITORY)
    source.close()


@pytest.mark.parametrize(
    "environ", [{"HF_ENDPOINT": "huggingface"}, {"HF_TOKEN": "a\nb"}, {"HF_TOKEN": "kö"}]
)
def test_an_environment_that_cannot_be_meant_is_told(environ: dict[str, str]) -> None:
    with pytest.raises(HubError, match=next(iter(environ))):
        Hub(environ)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://elsewhere/x", "without TLS"),
        ("https://hub.example/api", "from one address to the next"),
    ],
)
def test_redirects_are_followed_with_care(location: str, told: str) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"Location": location})

    environ = {"HF_ENDPOINT": "https://hub.example"}
    source = Hub(environ, transport=httpx2.MockTransport(answer))
    with pytest.raises(HubError, match=told):
        source.commit(REPOSITORY)
    source.close()


def test_another_part_than_was_asked_for_is_refused() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(206, headers={"Content-Range": "bytes 5-9/10"}, content=b"56789")

    source = Hub({}, transport=httpx2.MockTransport(answer))
    with pytest.raises(HubError, match="another part"):
        read(source, RemoteFile("a.onnx", 10, "0" * 64), begin=7)
    source.close()
