"""How a client can tell the sandbox from a real gateway."""

SANDBOX_MARK = "brokerport sandbox"  # the whole retMsg of the handshake's reply; a real OpenD sends none, or other words
