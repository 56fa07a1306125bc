"""Sets of engines to start a server with."""

HEARD = "Please get the weather in Paris."
LONG = " ".join(["This answer takes its time, for there is a lot to say about it."] * 8)

# Whatever is said, HEARD is heard; the answer repeats it at once.
QUICK = (
    *("--ears", "fake", "--set", f"ears.text={HEARD}"),
    *("--mind", "repartee-echo", "--voice", "fake"),
)

# The answer is LONG; words come one by one, and sound no sooner than it can be played.
UNHURRIED = (
    *("--ears", "fake", "--mind", "fake", "--set", f"mind.text={LONG}", "--set", "mind.pace_ms=20"),
    *("--voice", "fake", "--set", "voice.realtime=true"),
)
