"""The model's context: what is left out of it when a conversation grows long."""

from typing import Any

from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_SENTENCE = "The quick brown fox jumps over the lazy dog. "
_ITEM = _SENTENCE * 20  # some 200 tokens
_CHAPTER = _SENTENCE * 400  # some 4,000 tokens
_CHAPTERS = 10
_BOOK_TOKENS = 30_000  # fewer than all chapters have in any tokenizer
_WINDOW = 28_224  # of input tokens; models with larger windows read the whole book
_CAP = 1000


async def _read(client: Client) -> int:
    """How many tokens the model reads for a short written answer."""
    done = await moves.completed(client, max_output_tokens=1000, **moves.TEXT)
    return int(done["usage"]["input_tokens"])


async def _write_book(client: Client) -> None:
    """A conversation that is too long for a small window, and a question at its end."""
    for _ in range(_CHAPTERS):
        await moves.write(client, _CHAPTER)
    await moves.write(client, "Say hello.")


async def _fill(client: Client, items: int = 12) -> str:
    """A conversation of that many items; the id of the first."""
    ids = [await moves.write(client, _ITEM) for _ in range(items)]
    return ids[0]


def _share(ratio: float) -> dict[str, Any]:
    return {
        "type": "retention_ratio",
        "retention_ratio": ratio,
        "token_limits": {"post_instructions": _CAP},
    }


@case("B211")
async def without_truncation_too_much_is_an_error(stage: Stage) -> None:
    """With truncation disabled a context over the limit fails; else all of it is read."""
    client = await stage.manual(truncation="disabled", instructions="Be brief.")
    await _write_book(client)
    client.send("response.create", response=moves.TEXT)
    event = await client.next("an answer")
    if event["type"] == "error":
        return
    response = await moves.over(client, (event.get("response") or {}).get("id", ""))
    if response["status"] == "failed":
        return
    read = response["usage"]["input_tokens"]
    client.check(read > _BOOK_TOKENS, f"only {read} tokens of the context are read")


@case("B212")
async def the_oldest_items_are_left_out(stage: Stage) -> None:
    """With truncation auto no more than needed of a context over the limit is left out."""
    client = await stage.manual(truncation="auto", instructions="Be brief.")
    await _write_book(client)
    read = await _read(client)
    fits = _WINDOW / 2 < read <= _WINDOW or read > _BOOK_TOKENS
    client.check(fits, f"{read} tokens are read, the limit is {_WINDOW}")


@case("B213")
async def a_share_is_kept(stage: Stage) -> None:
    """retention_ratio 0.4 leaves room: less is read than with 1.0."""
    read = {}
    for ratio in (1.0, 0.4):
        client = await stage.manual(truncation=_share(ratio), instructions="Be brief.")
        await _fill(client)
        read[ratio] = await _read(client)
    client = stage.clients[-1]
    told = f"with 0.4 {read[0.4]} tokens are read, with 1.0 {read[1.0]}"
    client.check(read[0.4] < 0.7 * read[1.0], told)


@case("B214", "B215")
async def the_conversation_has_a_limit_of_its_own(stage: Stage) -> None:
    """token_limits.post_instructions caps what is read; what is left out can be retrieved."""
    client = await stage.manual(truncation=_share(1.0), instructions="Be brief.")
    first = await _fill(client)
    read = await _read(client)
    client.check(read <= _CAP + 200, f"{read} tokens are read, the limit is {_CAP}")
    item = await moves.retrieve(client, first)
    client.check(item["content"][0]["text"] == _ITEM, "the first item has changed")
