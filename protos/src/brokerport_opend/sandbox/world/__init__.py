"""The made-up world: what its markets, stocks and brokers did on any day, as pure functions of seed, symbol and day."""
