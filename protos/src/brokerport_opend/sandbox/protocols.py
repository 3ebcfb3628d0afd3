"""The protocols that the sandbox speaks, by the names that people have for them."""

from __future__ import annotations

INIT_CONNECT = 1001
SHORT_VOLUME = 3248
SHORT_INTEREST = 3249

PROTOCOLS = {
    "init_connect": INIT_CONNECT,
    "global_state": 1002,
    "keep_alive": 1004,
    "capital_distribution": 3212,
    "broker_ranking": 3247,
    "short_volume": SHORT_VOLUME,
    "short_interest": SHORT_INTEREST,
    "ark_dynamic": 3424,
}
NAMES = {number: name for name, number in PROTOCOLS.items()}

#: those that ask about a symbol
QUESTIONS = frozenset(number for number in NAMES if number > 3000)
