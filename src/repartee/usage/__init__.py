"""What responses and transcriptions have cost: kept before the client hears of their end."""

from repartee.usage.record import UsageRecord
from repartee.usage.recorder import Recorder, recorder
from repartee.usage.totals import Totals

__all__ = ["Recorder", "Totals", "UsageRecord", "recorder"]
