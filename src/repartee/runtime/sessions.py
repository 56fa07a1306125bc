"""The sessions of a process: each gets a configuration, names for its things, and a driver."""

import time

from msgspec import Struct

from repartee.protocol.config import Audio, AudioInput, AudioOutput, Config, ServerVad
from repartee.protocol.template import Prompts
from repartee.runtime.driver import Driver, Transport
from repartee.runtime.engines import Engines, EnginesByModel
from repartee.runtime.ids import random_id, session_ids
from repartee.runtime.prompts import load_prompts
from repartee.runtime.tokens import TokenCounter, token_counter
from repartee.session.session import Bounds
from repartee.settings import Session, Settings
from repartee.speech.patience import Patience
