"""A voice without a model hub: espeak-ng in a worker process."""
