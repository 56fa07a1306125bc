"""Load: many sessions in real time against any server of the Realtime API."""
