"""The input audio buffer: append, commit, clear, and what becomes of the audio."""

import numpy as np

from repartee.conformance.play import moves, sound
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_EMPTY = "input_audio_buffer_commit_empty"
_SHORT_MS = 300  # of silence: the speech goes on, but no sound of it is left over
_TOLERANCE_MS = 60  # what filters and frames may take from the ends of a sound


def _too_small(held: str) -> str:
    return rf"at least 100ms of audio, but buffer only has {held}ms of audio\.$"


async def _is_too_small(client: Client, held: str) -> None:
    event_id = client.send("input_audio_buffer.commit")
    accepted, says = "input_audio_buffer.committed", _too_small(held)
    await client.refused(event_id, code=_EMPTY, param=None, says=says, unless=accepted)


@case("B051")
async def audio_is_taken_without_a_word(stage: Stage) -> None:
    """append has no answer."""
    client = await stage.manual()
    moves.append(client, sound.hum(500))
    told = [event["type"] for event in await client.fence()]
    client.check(not told, f"append is answered by {told}")


@case("B052")
async def what_is_no_audio_is_refused(stage: Stage) -> None:
    """append of what is no base64, or nothing, gets one error about audio; the session goes on."""
    client = await stage.manual()
    for audio in ("*** no base64 ***", ""):
        event_id = client.send("input_audio_buffer.append", audio=audio)
        await client.refused(event_id, param="audio", says="(?i)base64")
    await moves.commit(client, sound.hum(200))


@case("B053")
async def a_small_commit_is_refused(stage: Stage) -> None:
    """A commit under 100 ms is refused, and the error tells how much is held."""
    client = await stage.manual()
    await _is_too_small(client, r"0\.00")
    moves.append(client, sound.hum(80))
    await _is_too_small(client, r"80\.00")
    await moves.commit(client, sound.hum(20))


@case("B054")
async def the_least_commit_counts_in_the_input_format(stage: Stage) -> None:
    """800 bytes of G.711 are 100 ms, 799 are not."""
    client = await stage.manual()
    for law in ("audio/pcmu", "audio/pcma"):
        await stage.update(client, audio={"input": {"format": {"type": law}}})
        audio = sound.companded(sound.silence(100, sound.TELEPHONE_RATE)[:799], law)
        client.send("input_audio_buffer.append", audio=audio)
        await _is_too_small(client, r"99\.8[78]")
        audio = sound.companded(sound.silence(100, sound.TELEPHONE_RATE)[:1], law)
        client.send("input_audio_buffer.append", audio=audio)
        client.send("input_audio_buffer.commit")
        await client.expect("conversation.item.done")


@case("B055", "B056")
async def a_commit_becomes_an_item(stage: Stage) -> None:
    """committed, added, done: one input_audio part, transcript null, completed, no bytes."""
    client = await stage.manual()
    first = await moves.commit(client, sound.hum(300))
    moves.append(client, sound.hum(300))
    client.send("input_audio_buffer.commit")
    committed, added, done = await client.in_order(
        "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"
    )
    client.check(first["previous_item_id"] is None, "the first item has a predecessor")
    previous = committed["previous_item_id"]
    client.check(previous == first["item"]["id"], f"previous_item_id is {previous!r}")
    for event in (added, done):
        item = event["item"]
        client.check(item["id"] == committed["item_id"], "the item has another id")
        client.check(item["status"] == "completed", f"the item is {item['status']}")
        (part,) = item["content"]
        client.check(part["type"] == "input_audio", f"its part is a {part['type']}")
        client.check(part.get("transcript", "") is None, "its transcript is not null")
        client.check("audio" not in part, "it carries audio")


@case("B058")
async def a_commit_empties_the_buffer(stage: Stage) -> None:
    """A second commit at once is an empty one."""
    client = await stage.manual()
    await moves.commit(client, sound.hum(300))
    await _is_too_small(client, r"0\.00")


@case("B060")
async def a_commit_is_not_answered(stage: Stage) -> None:
    """Without turn detection a commit creates no response."""
    client = await stage.manual()
    await moves.commit(client, sound.speech())
    told = [event["type"] for event in await client.fence()]
    begun = [kind for kind in told if kind.startswith("response.")]
    client.check(not begun, f"a commit is answered by {begun}")
    client.send("response.create", response=moves.TEXT)
    await client.expect("response.created")  # and were one running, this one would be refused
    await client.expect("response.done")


@case("B061")
async def clear_forgets(stage: Stage) -> None:
    """clear is answered by cleared, and nothing is left to commit."""
    client = await stage.manual()
    moves.append(client, sound.hum(500))
    client.send("input_audio_buffer.clear")
    await client.expect("input_audio_buffer.cleared")
    await _is_too_small(client, r"0\.00")


@case("B061", "B062")
async def clear_forgets_pending_speech(stage: Stage) -> None:
    """After clear in mid-speech the next speech is a new one, and offsets count on."""
    client = await stage.session(audio={"input": {"turn_detection": moves.VAD}})
    moves.append(client, np.concatenate([sound.speech(), sound.silence(_SHORT_MS)]))
    first = await client.expect("input_audio_buffer.speech_started")
    client.send("input_audio_buffer.clear")
    await client.expect("input_audio_buffer.cleared")
    said_ms = len(sound.speech()) * 1000 // sound.RATE + _SHORT_MS
    moves.append(client, np.concatenate([sound.silence(1000), sound.speech()]))
    second = await client.expect("input_audio_buffer.speech_started")
    client.check(second["item_id"] != first["item_id"], "forgotten speech goes on")
    least = said_ms + 1000 - moves.VAD["prefix_padding_ms"] - 2 * moves.MARGIN_MS
    told = second["audio_start_ms"]
    client.check(told >= least, f"audio_start_ms is {told}: the audio before clear is not counted")


@case("B061", "B075")
async def silence_after_clear_is_no_speech(stage: Stage) -> None:
    """After clear in the middle of a word no turn starts until there is speech again."""
    client = await stage.session(audio={"input": {"turn_detection": moves.VAD}}, **moves.TEXT)
    word = sound.speech()[: sound.RATE]
    moves.append(client, word)
    await client.expect("input_audio_buffer.speech_started")
    client.send("input_audio_buffer.clear")
    await client.expect("input_audio_buffer.cleared")
    pause_ms = 3000
    moves.append(client, np.concatenate([sound.silence(pause_ms), sound.speech()]))
    started = await client.expect("input_audio_buffer.speech_started")
    least = len(word) * 1000 // sound.RATE + pause_ms - moves.VAD["prefix_padding_ms"]
    told = started["audio_start_ms"]
    client.check(told >= least - 2 * moves.MARGIN_MS, f"speech starts in silence, at {told} ms")
    client.send("input_audio_buffer.clear")
    await client.expect("input_audio_buffer.cleared")


@case("B064", "B100")
async def committed_audio_can_be_retrieved(stage: Stage) -> None:
    """retrieve gives the audio of a committed item as it was sent; no other event does."""
    client = await stage.manual()
    added = await moves.commit(client, sound.speech())
    item = await moves.retrieve(client, added["item"]["id"])
    heard = sound.decoded(item["content"][0]["audio"])
    missing_ms = abs(len(heard) - len(sound.speech())) * 1000 / sound.RATE
    client.check(missing_ms < _TOLERANCE_MS, f"the audio is {missing_ms:.0f} ms off in length")
    client.check(_likeness(heard, sound.speech()) > 0.9, "the audio is not what was sent")


def _likeness(one: sound.Samples, other: sound.Samples) -> float:
    """The correlation of two sounds, 1 for the same."""
    size = min(len(one), len(other))
    a, b = one[:size].astype(np.float64), other[:size].astype(np.float64)
    power = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / power if power else 0.0


@case("B064", "B065")
async def noise_reduction_works_on_what_is_appended(stage: Stage) -> None:
    """With noise reduction, what is retrieved has less noise than what was sent."""
    client = await stage.manual()
    reduction = {"noise_reduction": {"type": "near_field"}}
    await stage.update(client, audio={"input": reduction})
    quiet = sound.noise(1000, 0.02)
    said = sound.mixed(sound.speech(), sound.noise(3000, 0.02)[: len(sound.speech())])
    added = await moves.commit(client, np.concatenate([quiet, said]))
    item = await moves.retrieve(client, added["item"]["id"])
    heard = sound.decoded(item["content"][0]["audio"])
    # The second half of the pause: a filter may need a moment to learn what is noise.
    pause = heard[sound.RATE // 2 : sound.RATE * 9 // 10]
    client.check(sound.level(pause) < 0.7 * 0.02, "the noise is as loud as before")
