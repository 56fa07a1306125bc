"""Ears and voice with the models that sherpa-onnx publishes, in worker processes."""
