"""Whether a pause is the end, by rules of thumb: no model, no download, a few milliseconds."""
