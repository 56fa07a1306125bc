"""Break the session on purpose, one way at a time, and see that its tests notice.

    python scripts/mutants.py [NUMBER ...]

Each mutant is the package with one line changed, in a folder of its own.  A mutant that lives
is a hole in the scripts, in the referee or in the examples; a mutation that no longer applies is an
error too.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Mutant(NamedTuple):
    """One line of `session/file`, before and after."""

    file: str
    line: str
    broken: str


MUTANTS = (
    Mutant("session.py", 'self._replies.cancel(self._replies.active.ref, "turn_detected")', "pass"),
    Mutant("session.py", "if self._replies.begun != begun or", "if False and"),
    Mutant("session.py", "self._nudge()\n\n", "pass\n\n"),
    Mutant("session.py", "isinstance(event, _ABOUT_ANSWERS)", "False"),
    Mutant(
        "session.py",
        "self._quiet.broken()\n        self._hearing.time_out",
        "self._hearing.time_out",
    ),
    Mutant(
        "session.py",
        "self._quiet.broken()\n            if vad",
        "if vad",
    ),
    Mutant(
        "answering.py",
        'if config.conversation == "auto" and self._replies.active is not None:',
        "if False:",
    ),
    Mutant("session.py", "self._hearing.stop()", "pass"),
    Mutant("editor.py", "end = min(event.audio_end_ms, have)", "end = event.audio_end_ms"),
    Mutant("editor.py", "return errors.duplicate_item(item.id)", "pass"),
    Mutant("editor.py", "or entry.encoding == encoding:", "or True:"),
    Mutant(
        "configuration.py",
        "config = structs.replace(config, model=self.answering.model)",
        "pass",
    ),
    Mutant(
        "configuration.py",
        "if has_spoken and config.audio.output.voice != before.audio.output.voice:",
        "if False:",
    ),
    Mutant(
        "configuration.py",
        "if before.tracing is not None and config.tracing != before.tracing:",
        "if False:",
    ),
    Mutant(
        "configuration.py",
        "if said.__struct_config__.tag != self.current.__struct_config__.tag:",
        "if False:",
    ),
    Mutant("configuration.py", "if _ends_by_hand(config.audio.input):", "if False:"),
    Mutant("templates.py", "if name not in direct", "if True"),
    Mutant("templates.py", 'return errors.unknown_prompt(f"{path}.id", reference.id)', "pass"),
    Mutant("context.py", "or entry.item.call_id in calls", "or True"),
    Mutant("context.py", "entry for entry in context if entry not in stay", "()"),
    Mutant(
        "hearing.py",
        "previous = self._conversation.add(entry)",
        'previous = self._conversation.add(entry, "root")',
    ),
    Mutant(
        "hearing.py",
        "if self._config.include:\n            told.logprobs = recognition",
        "if True:\n            told.logprobs = recognition",
    ),
    Mutant("hearing.py", "silence.latest = ", "_ = "),
    Mutant("recognition.py", "self.told += stable[begin:]", "pass"),
    Mutant("hearing.py", "del self._recognitions[ref]", "pass"),
    Mutant(
        "hearing.py",
        "item_id = self.turn.item_id or self._open()\n        self._feed()",
        "item_id = self._open()\n        self._feed()",
    ),
    Mutant("hearing.py", "if held < MINIMUM_COMMIT_MS:", "if held < 50:"),
    Mutant("turn.py", "self.speaking = self.announced = self._gate.open", "self._gate.open"),
    Mutant("turn.py", "self.last_speech = self.buffer.end\n            self._go_on()", "pass"),
    Mutant(
        "turn.py",
        "self.began = max(begin - size(vad.prefix_ms), self.buffer.start)",
        "self.began = begin + 4800",
    ),
    Mutant(
        "conversation.py",
        "place = self._entries.index(self._by_id[after]) + 1",
        "place = self._entries.index(self._by_id[after])",
    ),
    Mutant(
        "conversation.py",
        "self._entries.remove(self._by_id.pop(item_id))",
        "self._by_id.pop(item_id)",
    ),
    Mutant("conversation.py", "or begin < end", "or True"),
    Mutant("hearing.py", 'self._record(entry, recognition, "failed")', "pass"),
    Mutant("replies.py", "response.waits_for.discard(entry)", "pass"),
    Mutant("replies.py", "self._outbox.ask_at(tail, record)", "pass"),
    Mutant("replies.py", "if self.active is response:", "if False:"),
    Mutant("turn.py", "usual_ms(eagerness)", "9_000"),
    Mutant("replies.py", "del self._responses[response.ref]", "pass"),
    Mutant(
        "replies.py",
        'conversation = self._conversation if config.conversation == "auto" else None',
        "conversation = self._conversation",
    ),
    Mutant(
        "replies.py",
        'response.close("completed" if status == "completed" else "incomplete")',
        'response.close("completed")',
    ),
    Mutant("response.py", "self._text += arguments", "pass"),
    Mutant("response.py", 'self._open, self._text = entry, ""', "self._open = entry"),
    Mutant("response.py", "self._finished.append(finished)", "pass"),
    # pauses, and answers prepared in them
    Mutant(
        "session.py",
        "if not self._hearing.turn.paused:\n            self._replies",
        "self._replies",
    ),
    Mutant(
        "session.py",
        "if not self._hearing.turn.paused:\n            self._replies.foresight.drop()",
        "pass",
    ),
    Mutant(
        "foresight.py",
        "structs.replace(reply, ref=other.ref, early=other.early) == other",
        "reply.prompt.lines == other.prompt.lines",
    ),
    Mutant("foresight.py", "self._outbox.ask(Proceed(foreseen.ref))", "pass"),
    Mutant("foresight.py", "early=True)", "early=False)"),
    Mutant(
        "foresight.py",
        "self._facts.append(fact)",
        "isinstance(fact, Called) or self._facts.append(fact)",
    ),
    Mutant("turn.py", "if not self.paused and silent", "if silent"),
    Mutant("hearing.py", "if self._question != judged.ref:", "if self._question is None:"),
    Mutant(
        "recognition.py", "self._timely = self._guessed_at == last_speech", "self._timely = True"
    ),
    Mutant("pause.py", "(1 - finished) ** 2", "(1 - finished) * 2"),
    # what is heard of the answers
    Mutant(
        "playback.py",
        "for entry in dict.fromkeys(piece.entry for piece in unheard):",
        "for entry in ():",
    ),
    Mutant(
        "playback.py",
        "begins = max(self.until, self._outbox.now)",
        "begins = max(self.until, 0.0)",
    ),
    Mutant("playback.py", "if ref in self._complete and", "if"),
    Mutant(
        "playback.py",
        "for piece in self._pieces if piece.begins <= now)",
        "for piece in self._pieces)",
    ),
    Mutant("playback.py", "ref in self._cleared and entry", "False and entry"),
    Mutant("playback.py", "self._cleared.discard(ref)", "pass"),
    Mutant("playback.py", "if self.paced and entry.heard_ms is not None:", "if False:"),
    Mutant("playback.py", "int(min(played, entry.remaining_ms))", "int(played)"),
    Mutant("playback.py", "self._outbox.ask(Hush())", "pass"),
    Mutant("session.py", "self._playback.tick()\n        self._take", "self._take"),
    Mutant("session.py", "self._playback.duck(self._hearing.held)", "pass"),
    Mutant("session.py", "self._playback.hush()\n\n    @property", "pass\n\n    @property"),
    # speech over them
    Mutant("turn.py", "ms(self.last_speech - self._onset)", "ms(self.last_speech - self.began)"),
    Mutant(
        "hearing.py",
        "self._drop_recognition()\n            self.turn.overlook()",
        "self.turn.overlook()",
    ),
    Mutant(
        "hearing.py",
        "return self._unless_overlooked(self.turn.judged(judged.finished))",
        "return self.turn.judged(judged.finished)",
    ),
    Mutant("session.py", "or self._now < self._playback.until", ""),
    Mutant("tolerance.py", "(2 if words else 1)", "1"),
    Mutant("usage.py", "total_tokens=heard + read + sounded + wrote", "total_tokens=heard + read"),
)


def survives(mutant: Mutant, folder: Path) -> bool:
    """Whether the session's tests pass on the broken package; those of properties come first."""
    shutil.copytree(ROOT / "src", folder / "src")
    path = folder / "src" / "repartee" / "session" / mutant.file
    whole = path.read_text()
    if whole.count(mutant.line) < 1:
        raise SystemExit(f"no such line in {mutant.file}: {mutant.line}")
    path.write_text(whole.replace(mutant.line, mutant.broken, 1))
    environment = {**os.environ, "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{ROOT / 'tests'}"}
    tests = ROOT / "tests" / "session"
    chosen = [tests / "test_fuzz.py", tests / "test_speculation.py", tests]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *map(str, chosen)],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def main(numbers: list[int]) -> int:
    alive = 0
    for number in numbers or range(len(MUTANTS)):
        mutant = MUTANTS[number]
        with tempfile.TemporaryDirectory() as folder:
            lives = survives(mutant, Path(folder))
        alive += lives
        line = " ".join(mutant.line.split())
        print(f"{number:3} {'ALIVE' if lives else 'killed'}  {mutant.file}: {line}", flush=True)
    print(f"{alive} alive of {len(numbers) or len(MUTANTS)}")
    return bool(alive)


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1:]]))
