"""Words: events, items, configuration, errors; the dialects of the wire."""
