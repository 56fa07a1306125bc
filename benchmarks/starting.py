"""How soon a server is ready, beside what Python and numpy take by themselves.

    python -m benchmarks.starting [--starts 9]

"wall" is from the command to the line that says where it is, "CPU" what the server used until
then, "workers" what its worker processes did; RSS is the server's.  Medians of starts that take
turns with one another.  Bytecode is there already, as after the first start.  It fails (status 1)
where a server that is not asked for them imports libraries that are slow to load.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from benchmarks.served import served

FAKES = ("--ears", "fake", "--mind", "fake", "--voice", "fake")
HEAVY = ("onnxruntime", "torch", "scipy", "aiortc", "av", "opentelemetry", "tokenizers", "httpx2")

Row = tuple[float, float, float, float]
"""Wall and CPU seconds, CPU seconds of the workers, RSS in MB."""


def python(code: str) -> Row:
    begin, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    used = after.children_user + after.children_system
    cpu = used - before.children_user - before.children_system
    return time.perf_counter() - begin, cpu, 0.0, 0.0


def start(*arguments: str) -> Row:
    with served(*arguments) as server:
        own, workers = server.cpu_s()
        return server.ready_s, own, workers, server.rss_mb()[0]


SUBJECTS: dict[str, Callable[[], Row]] = {
    "python -c pass": lambda: python("pass"),
    'python -c "import numpy"': lambda: python("import numpy"),
    "serve with fakes": lambda: start(*FAKES),
    "serve": start,
}


def imported() -> list[str]:
    """What a server with fakes has imported of that which it may not need."""
    code = (
        "import sys; from repartee import cli; "
        "cli._say = lambda text: (sys.stdout.write(' '.join(sys.modules)), sys.stdout.flush(), "
        "__import__('os')._exit(0)); "
        f"cli.main(['serve', '--port', '0', *{FAKES!r}])"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in HEAVY if name in told]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--starts", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
        os.environ["XDG_STATE_HOME"] = folder
        heavy = imported()
        for subject in SUBJECTS.values():
            subject()
        starts = [
            {name: subject() for name, subject in SUBJECTS.items()} for _ in range(given.starts)
        ]
    sys.stdout.write(f"{'':26}  wall s   of numpy   CPU s   workers s   RSS MB\n")
    numpy_s = statistics.median(each['python -c "import numpy"'][0] for each in starts)
    for name in SUBJECTS:
        columns = zip(*(each[name] for each in starts), strict=True)
        wall, cpu, workers, rss = map(statistics.median, columns)
        sys.stdout.write(
            f"{name:26} {wall:7.3f} {wall / numpy_s:10.1f} {cpu:7.2f} {workers:11.2f} {rss:8.1f}\n"
        )
    sys.stdout.write(f"imported though nobody asked for it: {', '.join(heavy) or 'nothing'}\n")
    sys.exit(1 if heavy else 0)


if __name__ == "__main__":
    main()
