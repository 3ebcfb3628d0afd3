"""What the sandbox's world has at one moment: golden answers for every brand, in the figures that OpenD's own clients show of it."""

from __future__ import annotations

from datetime import UTC, datetime

from brokerport.testing import Expected

MOMENT = datetime(2025, 11, 20, 22, 45, tzinfo=UTC)  # Thursday evening in New York, Friday morning in Hong Kong

EXPECTED: Expected = {
    ("ark_dynamic", "US.TSLA"): {
        "kind": "consecutive_same_direction",
        "transactions": 3,
        "net_shares": 14_550,
        "last_transaction": "2025-11-12",
    },
    ("capital_distribution", "HK.00700"): {
        "inflow_extra_large": 1_082_670_037.26,
        "inflow_small": 2_667_583_883.66,
        "outflow_large": 1_254_681_934.74,
        "outflow_small": 1_723_955_369.61,
        "updated_at": "2025-11-20T16:00:00+08:00",
    },
    ("broker_ranking", "HK.00700"): [
        {
            "side": "buy",
            "net_volume": 2_784_800,
            "average_price": 271.673421,
            "total_volume": 5_352_000,
            "total_turnover": 1_453_996_149.19,
        },
        {"days_before": 1, "as_of": "2025-11-19T00:00:00+08:00", "side": "buy", "name": "Harbour Brokerage", "net_volume": 2_968_000},
        {"days_before": 1, "side": "sell", "name": "Silver Junk Securities", "net_volume": -2_550_200},
    ],
    ("short_volume", "HK.00700"): [
        {"day": "2025-11-20", "short_volume": 4_870_500, "volume": 51_295_389, "average_short_percent": 10.12, "open": 271.4},
        {"day": "2025-11-19", "close": 268.07, "turnover": 14_864_094_320.82, "short_turnover": 1_502_860_475.25},
        {"open_short_shares": 26_238_520, "open_short_percent": 0.43, "open_short_day": "2025-11-07"},
    ],
    ("short_volume", "US.AAPL"): {
        "day": "2025-11-20",
        "short_volume": 500_200,
        "short_percent": 19.07,
        "nasdaq_short_volume": 374_084,
        "nyse_short_volume": 126_116,
    },
    ("short_interest", "HK.00700"): {"day": "2025-11-07", "short_shares": 26_238_520, "short_percent": 0.43, "close": 265.88},
    ("short_interest", "US.AAPL"): {
        "day": "2025-10-31",
        "short_shares": 19_672_295,
        "short_percent": 1.59,
        "average_daily_volume": 2_806_878,
        "days_to_cover": 7.01,
    },
}
