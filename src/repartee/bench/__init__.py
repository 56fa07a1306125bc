"""Load for any server of the Realtime API: paced sessions that speak, and how they were served.

    report = asyncio.run(measure(Plan(sessions=200, seconds=60), Place("http://127.0.0.1:8000/v1")))

`plan` says what is asked, `load.measure` does it, `report` is what came of it.  What judges (turns,
answers, figures, the search for the capacity) is told times and reads no clock.
"""


class BenchError(Exception):
    """The load cannot be had as it was asked for; the message says what to do."""
