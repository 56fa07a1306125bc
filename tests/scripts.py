"""Scripts for a session: everything that can happen, in any order, decided by a seed.

A step is a name and its arguments; `session/test_fuzz.py` plays it.
"""

from collections.abc import Callable
from random import Random
from typing import Any

Step = tuple[Any, ...]

WORDS = ("Hello. ", "Ünï 😀 ", "a", "One, two, three. ")
SCENE_SHARE = 0.5


def _heard(**members: Any) -> dict[str, Any]:
    return {"audio": {"input": members}}


def _detected(**members: Any) -> dict[str, Any]:
    return _heard(turn_detection={"type": "server_vad", **members})


MU_LAW, A_LAW = {"type": "audio/pcmu"}, {"type": "audio/pcma"}

# What a session may be told, each a part of it; those with names are in scenes as well.
BY_HAND = _heard(turn_detection=None)
DETECTED = _detected()
BY_MEANING = _heard(turn_detection={"type": "semantic_vad", "eagerness": "high"})
IDLE = _detected(idle_timeout_ms=5000)
SHOWN = _heard(transcription={"model": "any"})
SURE = {
    "include": ["item.input_audio_transcription.logprobs"],
    **_heard(transcription={"model": "gpt-4o-transcribe"}),
}
TURNLESS = _heard(transcription={"model": "gpt-realtime-whisper"})
CEDAR = {"audio": {"output": {"voice": "cedar"}}}
WRITTEN = {"output_modalities": ["text"]}
TELEPHONE = {"audio": {"input": {"format": MU_LAW}, "output": {"format": MU_LAW}}}
FORGETFUL = {"truncation": {"type": "retention_ratio", "retention_ratio": 0.5}}
WHOLE = {"truncation": "disabled"}
TRACED = {"tracing": "auto"}
GREETED = {"prompt": {"id": "greet", "variables": {"name": "Ada"}}}

sessions: list[dict[str, Any]] = [
    BY_HAND,
    DETECTED,
    _detected(create_response=False),
    _detected(interrupt_response=False, silence_duration_ms=200),
    _detected(prefix_padding_ms=0, threshold=0.9),
    _detected(idle_timeout_ms=9000, interrupt_response=False),
    BY_MEANING,
    IDLE,
    SHOWN,
    SURE,
    CEDAR,
    WRITTEN,
    TELEPHONE,
    FORGETFUL,
    GREETED,
    {**GREETED, "instructions": "Be brief."},
    _heard(turn_detection={"type": "semantic_vad", "interrupt_response": False}),
    _heard(transcription=None),
    _heard(transcription={"model": "gpt-transcribe", "languages": ["en"]}),
    TURNLESS,
    _heard(format={"type": "audio/pcm"}),
    _heard(format=A_LAW, noise_reduction={"type": "near_field", "strength": 0.5}),
    _heard(noise_reduction={"type": "far_field"}),
    _heard(noise_reduction=None),
    {"include": None},
    {"output_modalities": ["audio"]},
    {"audio": {"output": {"format": A_LAW}}},
    {"audio": {"output": {"speed": 9}}},
    {"instructions": "Be brief.", "model": "another"},
    {"tools": [{"type": "function", "name": "look", "parameters": {}}], "tool_choice": "required"},
    {"tool_choice": {"type": "function", "name": "look"}},
    WHOLE,
    {"truncation": "auto", "max_output_tokens": 50},
    TRACED,
    {"tracing": None},
    {"prompt": {"id": "nobody"}},
    {"prompt": None},
    {"turn_detection": None},
    {"temperature": 0.7},
]
responses: list[dict[str, Any] | None] = [
    None,
    {"conversation": "none", "metadata": {"topic": "side"}},
    {"conversation": "none", "input": [], "output_modalities": ["text"]},
    {
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Only this."}],
            }
        ]
    },
    {"input": [{"type": "item_reference", "id": "nowhere"}]},
    {"audio": {"output": {"voice": "ash"}}, "instructions": None},
    {"output_modalities": ["text"], "max_output_tokens": 20},
    {"audio": {"output": {"format": A_LAW}}, "tool_choice": "none"},
    {"prompt": {"id": "greet", "variables": {"name": "Bob"}}},
    {"prompt": {"id": "greet"}, "conversation": "none"},
]

CALLED: list[Step] = [("create", None), ("call", 0, 0), ("finish", 0, None), ("output", 0)]
ANSWERED: list[Step] = [("create", None), ("say", 0, "Hello. " * 9)]

# Single steps seldom make a conversation: scenes are what people do, disturbed by single steps.
scenes: list[list[Step]] = [
    [("speak", 5, 20), ("transcribe", 0, "Hello. ", True), ("say", 0, "a"), ("say", 0, "One. ")],
    [("speak", 5, 20), ("transcribe", 0, "Hel", False), ("transcribe", 0, "Hello", True)],
    [("speak", 9, 20), ("fail", 0)],
    [("speak", 5, 9), ("guess", 0, "Hello. "), ("answer", 0, "a"), ("hear", 0.0, 9)],
    [("speak", 5, 9), ("guess", 0, "Hello. "), ("say", 0, "a"), ("hear", 0.0, 9), ("say", 0, "a")],
    [("speak", 5, 9), ("guess", 0, "Hello. "), ("say", 0, "a"), ("speak", 5, 9), ("guess", 0, "a")],
    [("speak", 5, 9), ("guess", 0, "Hello. "), ("user", "a", 0), ("hear", 0.0, 9)],
    [("speak", 5, 9), ("hear", 0.0, 9), ("guess", 0, "Hello. ")],
    [("update", BY_MEANING), ("speak", 5, 8), ("guess", 0, "a"), ("judge", 0.9)],
    [("update", BY_MEANING), ("speak", 5, 8), ("judge", 0.1), ("hear", 0.0, 60)],
    [("say", 0, "Hello. "), ("speak", 5, 20), ("truncate", 0, 10)],
    [("say", 0, "Hello. "), ("say", 0, "One. "), ("truncate", 0, 150), ("finish", 0, None)],
    [("user", "Hello. ", 0), ("create", None), ("answer", 0, "One. "), ("retrieve", 0)],
    [("create", None), ("call", 0, 0), ("call", 0, 1), ("finish", 0, None), ("output", 0)],
    [("create", None), ("say", 0, "a"), ("call", 0, 0), ("cancel", False)],
    [("create", responses[2]), ("say", 0, "a"), ("finish", 0, None)],
    [("user", "a", 0), ("delete", 0)],
    [("update", SHOWN), ("speak", 5, 20), ("transcribe", 0, "Hello. ", True)],
    [("update", SHOWN), ("speak", 5, 20), ("fail", 1)],
    [("update", BY_HAND), ("hear", 0.9, 9), ("commit",), ("create", None)],
    [("update", BY_HAND), ("hear", 0.9, 9), ("update", DETECTED), ("speak", 5, 20)],
    [("update", BY_HAND), ("clear",), ("hear", 0.9, 2), ("commit",)],
    [("user", "a", 5), ("user", "a", 5)],
    [("create", None), ("answer", 0, "One. "), ("update", CEDAR)],
    [("update", WRITTEN), ("create", None), ("say", 0, "a"), ("finish", 0, None)],
    [("update", BY_MEANING), ("speak", 5, 120), ("transcribe", 0, "a", True)],
    [("speak", 5, 2), ("update", BY_MEANING), ("hear", 0.0, 20)],
    [("update", IDLE), ("create", None), ("answer", 0, "One. "), ("wait", 9.0), ("wait", 9.0)],
    [("update", IDLE), ("create", None), ("answer", 0, "One. "), ("wait", 4.0), ("speak", 5, 20)],
    [("update", IDLE), ("create", None), ("answer", 0, "a"), ("truncate", 0, 10), ("wait", 9.0)],
    [("update", IDLE), ("create", None), ("answer", 0, "a"), ("hear", 0.9, 5), ("wait", 9.0)],
    [("update", SURE), ("speak", 5, 20), ("transcribe", 0, "One two", True)],
    [("update", TELEPHONE), ("speak", 5, 20), ("retrieve", 1), ("create", None), ("say", 0, "a")],
    [("update", TELEPHONE), ("answer", 0, "One. "), ("truncate", 0, 10), ("retrieve", 0)],
    [("update", FORGETFUL), ("user", "Hello. " * 9, 0), ("create", None), ("answer", 0, "a")],
    [("user", "Hello. " * 9, 0), ("update", FORGETFUL), ("user", "a", 0), ("create", None)],
    [("update", WHOLE), ("user", "Hello. " * 9, 0), ("create", None)],
    [("update", WHOLE), ("speak", 5, 20), ("transcribe", 0, "Hello. " * 9, True)],
    [*CALLED, ("user", "a", 0), ("user", "One. ", 0), ("create", None)],
    [("update", GREETED), ("create", None), ("answer", 0, "a")],
    [("update", TURNLESS), ("update", DETECTED), ("speak", 5, 20), ("commit",)],
    [*ANSWERED, ("wait", 0.1), ("speak", 5, 20)],
    [*ANSWERED, ("wait", 0.1), ("clear_output",), ("answer", 0, "a")],
    [*ANSWERED, ("hear", 0.9, 5), ("hear", 0.0, 20)],
    [
        *ANSWERED,
        ("hear", 0.9, 5),
        ("transcribe", 0, "Mhm", False),
        ("hear", 0.9, 6),
        ("hear", 0.0, 20),
    ],
    [*ANSWERED, ("hear", 0.9, 5), ("transcribe", 0, "Wait", False), ("hear", 0.0, 20)],
    [*ANSWERED, ("finish", 0, None), ("wait", 0.1), ("speak", 5, 20)],
    [*ANSWERED, ("finish", 0, None), ("wait", 0.1), ("create", None), ("answer", 0, "One. ")],
    [*ANSWERED, ("clear_output",), ("call", 0, 0), ("say", 0, "a"), ("finish", 0, None)],
    [
        *ANSWERED,
        ("truncate", 0, 150),
        ("call", 0, 0),
        ("say", 0, "Hello. "),
        ("wait", 0.2),
        ("speak", 5, 20),
    ],
    [*ANSWERED, ("cancel", False), ("wait", 0.1), ("create", responses[1]), ("say", 0, "One. ")],
    [("update", BY_MEANING), *ANSWERED, ("hear", 0.9, 3), ("hear", 0.0, 8), ("judge", 0.9)],
    [("update", TRACED), ("update", {"tracing": {"workflow_name": "call"}}), ("create", None)],
]


def which(random: Random) -> int:
    """Small numbers choose the newest."""
    return random.choice((0, 0, 0, 1, 1, 2, 3, 5))


STEPS: tuple[Callable[[Random], Step], ...] = (
    # sound
    lambda r: ("hear", r.choice((0.0, 0.4, 0.9)), r.randint(1, 30)),
    lambda r: ("speak", r.randint(1, 12), r.randint(3, 40)),
    lambda r: ("append", r.randint(0, 3)),
    lambda r: ("commit",),
    lambda r: ("clear",),
    # items
    lambda r: ("user", r.choice(WORDS), which(r)),
    lambda r: ("spoken_item", which(r)),
    lambda r: ("output", which(r)),
    lambda r: ("delete", which(r)),
    lambda r: ("retrieve", which(r)),
    lambda r: ("truncate", which(r), r.choice((0, 10, 150, 10_000))),
    # control
    lambda r: ("update", r.choice(sessions)),
    lambda r: ("create", r.choice(responses)),
    lambda r: ("create", None),
    lambda r: ("cancel", r.random() < 0.5),
    lambda r: ("clear_output",),
    lambda r: ("nonsense", r.randint(0, 5)),
    # engines
    lambda r: ("say", which(r), r.choice(WORDS)),
    lambda r: ("say", which(r), r.choice(WORDS)),
    lambda r: ("say", which(r), r.choice(WORDS)),
    lambda r: ("call", which(r), r.randint(0, 1)),
    lambda r: ("finish", which(r), r.choice((None, None, None, "max_output_tokens"))),
    lambda r: ("answer", which(r), r.choice(WORDS)),
    lambda r: ("fail", which(r)),
    lambda r: ("transcribe", which(r), r.choice(WORDS), r.random() < 0.7),
    lambda r: ("transcribe", which(r), r.choice(WORDS), True),
    lambda r: ("guess", which(r), r.choice(WORDS)),
    lambda r: ("judge", r.random()),
    lambda r: ("stale", which(r), r.randint(0, 7)),
    lambda r: ("wait", r.random()),
    lambda r: ("wait", 20 * r.random()),
)


def script(seed: int) -> list[Step]:
    """The script of this seed."""
    random = Random(seed)
    steps: list[Step] = []
    for _ in range(random.randint(5, 30)):
        if random.random() < SCENE_SHARE:
            steps += random.choice(scenes)
        else:
            steps.append(random.choice(STEPS)(random))
    return steps


def smallest(steps: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """What is left of a failing script when nothing more can be left out of it."""
    size = len(steps)
    while size := size // 2:
        start = 0
        while start < len(steps):
            shorter = steps[:start] + steps[start + size :]
            if fails(shorter):
                steps = shorter
            else:
                start += size
    return steps
