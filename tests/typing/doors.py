"""What type checkers know of both doors; mypy reads this with all the rest, and nobody runs it."""

from __future__ import annotations

from typing import assert_type

from brokerport import (
    SHORT_INTEREST,
    SHORT_VOLUME,
    ArkDynamic,
    AsyncClient,
    AsyncRows,
    BrokerRanking,
    Client,
    Rows,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
)


def blocking(client: Client) -> None:
    """Answers and rows."""
    assert_type(client.ark_dynamic("US.TSLA"), ArkDynamic)
    assert_type(client.broker_ranking("HK.00700", days_before=1, days=5), BrokerRanking)
    assert_type(client.short_volume("HK.00700", limit=None, after=None, timeout=2.5), ShortVolumeHistory)
    assert_type(client.iter_short_volume("HK.00700", limit=3), Rows[ShortVolume])
    assert_type(client.ask(SHORT_INTEREST, "US.TSLA", limit=3), ShortInterestHistory)
    assert_type(client.iterate(SHORT_INTEREST, "US.TSLA"), Rows[ShortInterest])


async def awaited(client: AsyncClient) -> None:
    """The same, awaited."""
    assert_type(await client.ark_dynamic("US.TSLA"), ArkDynamic)
    assert_type(await client.short_volume("HK.00700", limit=None), ShortVolumeHistory)
    assert_type(client.iter_short_interest("HK.00700"), AsyncRows[ShortInterest])
    assert_type(await client.ask(SHORT_VOLUME, "US.TSLA"), ShortVolumeHistory)
    assert_type(client.iterate(SHORT_VOLUME, "US.TSLA"), AsyncRows[ShortVolume])


def refused(client: Client) -> None:
    """What cannot be is an error for checkers; mypy tells when one of these is none."""
    client.short_volume("HK.00700", limt=3)  # type: ignore[call-arg]
    client.short_volume(700)  # type: ignore[arg-type]
    client.short_volume("HK.00700", 3)  # type: ignore[call-arg]
    client.broker_ranking("HK.00700", days=7)  # type: ignore[arg-type]
    client.short_vol("HK.00700")  # type: ignore[attr-defined]
    client.ask(SHORT_VOLUME, "HK.00700", days_before=1)  # type: ignore[call-arg]
    client.iter_ark_dynamic("US.TSLA")  # type: ignore[attr-defined]
