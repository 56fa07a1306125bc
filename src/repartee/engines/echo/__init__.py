"""The responder in force until a language model is configured."""
