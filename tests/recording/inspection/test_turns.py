from repartee.recording.inspection.turns import Kind, Moments, Spread, Turn, spreads


def turn(kind: Kind, **moments: float) -> Turn:
    return Turn(number=1, kind=kind, begun_s=0, moments=Moments(**moments))


def test_percentiles_are_by_nearest_rank() -> None:
    assert Spread.of([float(ms) for ms in range(20, 0, -1)]) == Spread(20, 10, 18, 20)
    assert Spread.of([7]) == Spread(1, 7, 7, 7)


def test_turns_of_each_kind_are_told_apart_and_what_never_was_does_not_count() -> None:
    found = spreads([turn("spoken", sent=10, stopped=0), turn("spoken"), turn("asked", sent=30)])
    assert found == {
        "spoken": {"stopped": Spread(1, 0, 0, 0), "sent": Spread(1, 10, 10, 10)},
        "asked": {"sent": Spread(1, 30, 30, 30)},
    }
