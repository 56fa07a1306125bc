"""Settings of metrics."""

from repartee.settings import Metrics, load


def test_metrics_are_on_and_only_loopback_is_told_without_a_key() -> None:
    metrics = load(environ={}).metrics
    assert metrics == Metrics(enabled=True, host="127.0.0.1", port=None)


def test_a_port_of_their_own() -> None:
    assert load(environ={"REPARTEE_METRICS__PORT": "9464"}).metrics.port == 9464
