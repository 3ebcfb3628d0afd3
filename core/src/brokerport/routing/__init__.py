"""One provider made of several brokers."""
