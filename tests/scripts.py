"""Scripts for a session: everything that can happen, in any order, decided by a seed.

A step is a name and its arguments; `session/test_fuzz.py` plays it.
"""

from collections.abc import Callable
from random import Random
from typing import Any

Step = tuple[Any, ...]

WORDS = ("Hello. ", "Ünï 😀 ", "a", "One, two, three. ")
SCENE_SHARE = 0.5

turn_detections: list[dict[str, Any] | None] = [
    None,
    {"type": "server_vad"},
    {"type": "server_vad", "create_response": False},
    {"type": "server_vad", "interrupt_response": False, "silence_duration_ms": 200},
    {"type": "server_vad", "prefix_padding_ms": 0, "threshold": 0.9},
]
sessions: list[dict[str, Any]] = [
    {"audio": {"input": {"turn_detection": detection}}} for detection in turn_detections
] + [
    {"audio": {"input": {"transcription": {"model": "any"}}}},
    {"audio": {"input": {"transcription": None}}},
    {"audio": {"output": {"voice": "cedar"}}},
    {"output_modalities": ["text"]},
    {"output_modalities": ["audio"]},
    {"instructions": "Be brief.", "model": "another"},
    {"tools": [{"type": "function", "name": "look", "parameters": {}}], "tool_choice": "required"},
    {"turn_detection": None},
    {"audio": {"output": {"speed": 9}}},
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
]

# Single steps seldom make a conversation: scenes are what people do, disturbed by single steps.
scenes: list[list[Step]] = [
    [("speak", 5, 20), ("transcribe", 0, "Hello. ", True), ("say", 0, "a"), ("say", 0, "One. ")],
    [("speak", 5, 20), ("transcribe", 0, "Hel", False), ("transcribe", 0, "Hello", True)],
    [("speak", 9, 20), ("fail", 0)],
    [("say", 0, "Hello. "), ("speak", 5, 20), ("truncate", 0, 10)],
    [("say", 0, "Hello. "), ("say", 0, "One. "), ("truncate", 0, 150), ("finish", 0, None)],
    [("user", "Hello. ", 0), ("create", None), ("answer", 0, "One. "), ("retrieve", 0)],
    [("create", None), ("call", 0, 0), ("call", 0, 1), ("finish", 0, None), ("output", 0)],
    [("create", None), ("say", 0, "a"), ("call", 0, 0), ("cancel", False)],
    [("create", responses[2]), ("say", 0, "a"), ("finish", 0, None)],
    [("user", "a", 0), ("delete", 0)],
    [("update", sessions[5]), ("speak", 5, 20), ("transcribe", 0, "Hello. ", True)],
    [("update", sessions[5]), ("speak", 5, 20), ("fail", 1)],
    [("update", sessions[0]), ("hear", 0.9, 9), ("commit",), ("create", None)],
    [("update", sessions[0]), ("hear", 0.9, 9), ("update", sessions[1]), ("speak", 5, 20)],
    [("update", sessions[0]), ("clear",), ("hear", 0.9, 2), ("commit",)],
    [("user", "a", 5), ("user", "a", 5)],
    [("create", None), ("answer", 0, "One. "), ("update", sessions[7])],
    [("update", sessions[8]), ("create", None), ("say", 0, "a"), ("finish", 0, None)],
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
    lambda r: ("nonsense", r.randint(0, 4)),
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
    lambda r: ("stale", which(r), r.randint(0, 5)),
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
