"""Which protocols are no questions: what OpenD sends unasked, and what keeps a connection up.

Nothing in a frame tells a push from a reply, and a push may carry a serial that one of our requests has too: the protocol id alone decides.
"""

NOTIFY = 1003

UPKEEP = frozenset({1001, 1004})  # the handshake and the keep-alives

PUSHES = frozenset(
    {
        NOTIFY,
        2208,  # an order changed
        2218,  # an order was filled
        3005,  # basic quote
        3007,  # candles
        3009,  # intraday line
        3011,  # ticker
        3013,  # order book
        3015,  # broker queue
        3019,  # price reminder
        3261,  # indicator result
        3310,  # option event
        3450,  # event contracts, three kinds
        3451,
        3452,
    }
)
