"""A voice with the models of Piper: small neural voices for some forty languages."""
