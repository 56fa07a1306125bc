"""Ears without a model hub: pocketsphinx in a worker process."""
