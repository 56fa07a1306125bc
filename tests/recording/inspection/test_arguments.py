import argparse
from pathlib import Path

from repartee.recording.inspection.arguments import add_inspect


def test_a_file_and_what_is_made_of_it() -> None:
    parser = argparse.ArgumentParser()
    add_inspect(parser)
    given = parser.parse_args(["a.repartee", "--json", "--wav", "out"])
    assert (given.file, given.json, given.wav) == (Path("a.repartee"), True, Path("out"))
