"""The model of another Realtime server as a mind that hears and speaks."""
