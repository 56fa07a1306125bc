"""What this server does where the API's sources are silent, disagree, or ask for what it lacks.

The documentation is made of these tables (docs/reference/compatibility.md).  A judge that asserts
a behaviour named here asserts the ruling.
"""

from typing import NamedTuple


class Ruling(NamedTuple):
    """One question, what holds here, and why; `behaviours` are the numbers it is about, if any."""

    behaviours: tuple[str, ...]
    question: str
    answer: str
    reason: str


RULINGS = (
    Ruling(
        ("B009", "B014"),
        "default `silence_duration_ms`",
        "500, in `session.created` and in an update that leaves it out; a setting changes it",
        "the documented default; 200 was seen on the wire",
    ),
    Ruling(
        ("B012",),
        "`conversation.created`",
        "said in the beta dialect, but to Azure's 2024-10 version; not in GA",
        "that is where it was seen; the oldest clients break on it",
    ),
    Ruling(
        ("B015",),
        "a beta handshake",
        "served",
        "keeping beta clients alive is what the dialect is here for",
    ),
    Ruling(
        (),
        "default voice",
        "`marin` in GA, `alloy` in beta; both are settings",
        "the examples of each dialect",
    ),
    Ruling(
        ("B005",),
        "a wrong or missing key",
        "over HTTP 401; over a WebSocket 101, one `error`, close 3000",
        "as the hosted API was seen to do; clients accept both",
    ),
    Ruling(
        ("B032",),
        "`session.update` with another model",
        "accepted; the model stays and the echo shows the one in force",
        "stock clients resend their own default",
    ),
    Ruling(
        (),
        "an unknown model name",
        "accepted and echoed as asked; settings map names to engines",
        "clients have the hosted names built in",
    ),
    Ruling(
        ("B033",),
        "the code of an update for the other kind of session",
        "null, with the sentence that names both kinds",
        "only the sentence was captured",
    ),
    Ruling(
        ("B035",),
        "`speed` while a response is in progress",
        "echoed at once, heard from the next response on",
        "the documentation says between turns, not whether earlier is an error",
    ),
    Ruling(
        (),
        "an explicit null where a field is optional",
        "as if absent, but where null has a meaning of its own (turn_detection, transcription, "
        "noise_reduction, tracing, prompt, include)",
        "some clients fill in every field",
    ),
    Ruling(
        ("B038",),
        "beta `modalities` of audio without text",
        "refused",
        "the hosted beta never took it",
    ),
    Ruling(
        ("B076",),
        "how long `semantic_vad` waits",
        "128 ms, 350 at eagerness low, where it is sure that the speaker is done; the documented "
        "2, 4 and 8 s where it is sure of the contrary; 0.5, 1 and 2 s as long as nobody can tell",
        "only the longest waits are documented; whoever judges pauses, a model or a rule of thumb, "
        "is an engine",
    ),
    Ruling(
        ("B072",),
        "speech over an answer that is no interruption",
        "there is none, unless the setting `session.tolerate_ms` says so; what it puts up with is "
        "not told, and is no turn",
        "the first sound of speech interrupts, as documented",
    ),
    Ruling(
        (),
        "an answer that was prepared in a pause",
        "told once the turn is over, and only if what was said and all settings are still what it "
        "was prepared for; else nothing of it is told or counted",
        "it is nobody's business but the server's",
    ),
    Ruling(
        ("B078", "B080"),
        "an idle timeout whose answer nobody answers",
        "the next timeout counts from that answer: an abandoned session is spoken to until it ends",
        "each response arms it again; `create_response` says nothing about it",
    ),
    Ruling(
        ("B082",),
        "turn detection with a transcription model that has none",
        "refused in transcription sessions; naming such a model there without a word about "
        "detection switches it off",
        "the API documents null as obligatory for these models",
    ),
    Ruling(
        ("B087", "B088"),
        "an unknown `previous_item_id`, an id that is taken",
        "`invalid_value` with `param` previous_item_id or item.id; the item is not added",
        "the texts were never captured",
    ),
    Ruling(
        ("B091",),
        "several `input_audio` parts in one item",
        "one part an item; a second is refused",
        "an item has one recognition, and its transcript one place",
    ),
    Ruling(
        ("B102",),
        "the transcript after a truncation",
        "gone from the wire; the model is told the words whose sound had begun by then",
        "an assistant that forgets what it said aloud repeats itself",
    ),
    Ruling(
        ("B103",),
        "`audio_end_ms` past the end",
        "an error without event_id, then `conversation.item.truncated` with the clamped value; "
        "within what was sent it is never an error, also while the item is spoken",
        "one public trace; clients that interrupt rely on it",
    ),
    Ruling(
        ("B105", "B106"),
        "truncating what is no sound of the model",
        "code null",
        "as captured; another note has a code",
    ),
    Ruling(
        ("B116",),
        "`output_item.done` and `conversation.item.done`",
        "in this order, nothing between",
        "their order is not established",
    ),
    Ruling(
        ("B120",),
        "tokens of text in `usage`",
        "the endpoint's own counts where it gives them; else a tokenizer that the settings name; "
        "else a token for every four characters",
        "engines differ; nothing is downloaded to count",
    ),
    Ruling(
        ("B135",),
        "`rate_limits.updated`",
        "once for each response, right after `response.created`, with an empty list while nothing "
        "is limited",
        "the sources put it at the start and at the end",
    ),
    Ruling(
        ("B137",),
        "`reasoning.effort` that is not said",
        "nothing is sent, and the model's own default holds",
        "engines differ",
    ),
    Ruling(
        ("B152",),
        "`output_audio_buffer.clear` over a WebSocket",
        "an error that names the transport",
        "there is no buffer on this side to clear",
    ),
    Ruling(
        ("B182",),
        "hints that a recogniser cannot use (language, prompt, keywords, delay)",
        "accepted",
        "a hint may be ignored; what would change the shape of an answer may not",
    ),
    Ruling(
        ("B211",),
        "a conversation too long for the model, with truncation disabled",
        "`response.create` is refused with code context_length_exceeded; a response that waited "
        "for transcripts, or that a turn began, fails with the same code",
        "neither code nor form was captured",
    ),
    Ruling(
        ("B212",),
        "the context window",
        "28,224 tokens of input unless settings say otherwise, by model; the answer is as long as "
        "the client and the model allow",
        "a bound of output that nobody asked for breaks models with small windows",
    ),
    Ruling(
        (),
        "PCM with half a sample",
        "`invalid_value` on `audio`; the buffer is unchanged",
        "a stream that is out of step by a byte is noise",
    ),
    Ruling(
        ("B019", "B020"),
        "what a sideband of a call is told",
        "all that the caller is told from then on, errors of others' events too; no sound",
        "one session has one stream of events; its sound goes to the caller as media",
    ),
)

LIMITED = (
    Ruling(
        (),
        "plain JSON of the client's own (schemas of tools, metadata of tracing)",
        "taken up to 100 levels deep",
        "deeper ones end interpreters",
    ),
    Ruling(
        ("B034",),
        "`tracing`",
        "kept, echoed and set once; spans are made where the operator has them sent somewhere",
        "whose traces they are, and where they may go, is not the client's to say",
    ),
    Ruling(
        (),
        "`metadata` of `tracing`",
        "at most 16 members, with names of 64 and texts of 512 characters at most",
        "the bounds of a response's metadata; the specification sets none",
    ),
    Ruling(
        ("B181",),
        "`languages` in completed transcripts",
        "an empty list, for gpt-transcribe",
        "the recognisers here do not tell the language",
    ),
)

UNSERVED = (
    Ruling(
        ("B046", "B047"),
        "tools and tool choices of type `mcp`, `mcp_approval_response`",
        "refused by name",
        "not built yet",
    ),
    Ruling(
        ("B180",),
        "transcription model `gpt-4o-transcribe-diarize`",
        "refused by name",
        "no recogniser here tells speakers apart",
    ),
    Ruling(
        ("B092",),
        "`input_image` where the language model cannot see",
        "refused by name",
        "it would be forgotten",
    ),
    Ruling(
        ("B178",),
        "`include` of log probabilities where the recogniser has none",
        "refused by name",
        "they would have to be invented",
    ),
    Ruling(
        ("B216",),
        "pictures and files as variables of a prompt",
        "refused by name",
        "a stored prompt is text",
    ),
)
