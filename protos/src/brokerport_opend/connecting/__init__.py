"""How a gateway is reached: one session, which keeps one connection at a time."""
