"""A mind from a file: models in the format GGUF, by llama.cpp, in a worker process."""
