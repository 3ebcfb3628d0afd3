"""The log of one limit in a file, for all processes of one user: what one sends, the others count.

The file is a header and a ring of slots, 64 and 32 bytes each, in the machine's own byte order::

    header: magic, with the version (8)  boot (16)  refused (double)  until (double)  share (double)  wanted (double)  by (int64)
    slot:   settled (double)  taken (double)  process (int64)  its birth (int64)

Times are of the monotonic clock, which all processes of one boot have in common; ``boot`` says of which, and a file of another is begun
afresh, as is one that is damaged. Taking a slot needs the file's lock. Settling it does not: until then the slot is its process's alone.
"""

from __future__ import annotations

import os
import struct
import time
from array import array
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from math import inf, isinf, isnan
from pathlib import Path

from attrs import define

from brokerport.logs import log
from brokerport.quotas import process
from brokerport.quotas.leases import IN_FLIGHT, NEVER, NOTHING_KEPT, RECOVERY, SMALLEST, VACANT, Kept, Lease, Ring
from brokerport.quotas.private_file import PrivateFile
from brokerport.quotas.rules import Rule

MAGIC = b"bpquota2"
ANY_VERSION = MAGIC[:-1]
BUSY = 0.01  # seconds until the next attempt, where others keep the file locked
LONGEST = 600.0  # seconds that a request may take; a lease that is older was forgotten
AHEAD = 5.0  # seconds by which a time may lie in the future: the grace of what was given up, and some

_HEADER = struct.Struct("=8s16sddddq")
_CAUTION = struct.Struct("=ddd")
_WANTED = struct.Struct("=dq")
_SLOT = struct.Struct("=ddqq")
_OWNER = struct.Struct("=dqq")
_SETTLED = struct.Struct("=d")
_BEGINNING = 24  # bytes that say of which version and boot it is
_CAUTION_AT, _WANTED_AT, _OWNER_AT = 24, 48, 8  # within the header and the slot
_EMPTY = _SLOT.pack(VACANT, NEVER, 0, 0)


@define(eq=False)
class Ledger:
    """See ``leases.Log``. Every method may raise OSError: the file cannot be had."""

    file: PrivateFile

    def take(self, rule: Rule, now: float, kept: Kept = NOTHING_KEPT, who: int = 0) -> Lease | float:
        """See ``Log``."""
        with self.file.locked() as held:
            if not held:
                return BUSY
            ring = self._ring(rule, now)
            wanted = ring.wanted
            taken = ring.take(rule, now, kept, who)
            if not isinstance(taken, Lease) and self._settle_what_cannot_be(ring, now):
                taken = ring.take(rule, now, kept, who)
            if isinstance(taken, Lease):
                self.file.write(_SLOT.pack(IN_FLIGHT, now, *process.identity(os.getpid())), _place(taken.slot))
            if ring.wanted != wanted:
                self.file.write(_WANTED.pack(ring.wanted, ring.by), _WANTED_AT)
            return taken

    def settle(self, lease: Lease, when: float) -> None:
        """See ``Log``."""
        place = _place(lease.slot)
        mine = _OWNER.pack(lease.taken, *process.identity(os.getpid()))
        if self.file.peek(_OWNER.size, place + _OWNER_AT) == mine:  # else the file was begun afresh
            self.file.write(_SETTLED.pack(when), place)

    def refuse(self, lease: Lease, now: float, hold: float) -> None:
        """See ``Log``."""
        self.settle(lease, now)
        with self.file.locked() as held:
            if held:
                ring = self._read(now)
                ring.refuse(lease.taken, now, hold)
                self.file.write(_CAUTION.pack(ring.refused, ring.until, ring.share), _CAUTION_AT)

    def wait(self, rule: Rule, now: float, ahead: int = 0) -> float:
        """See ``Log``."""
        with self.file.locked() as held:
            if not held:
                return BUSY
            ring = self._ring(rule, now)
            wait = ring.wait(rule, now, ahead)
            if wait > rule.refill + AHEAD and self._settle_what_cannot_be(ring, now):
                wait = ring.wait(rule, now, ahead)
            return wait

    def _ring(self, rule: Rule, now: float) -> Ring:
        """What the file says, with room for all of the limit, where it was made for a smaller one."""
        ring = self._read(now)
        if missing := max(rule.slots - len(ring.settled), 0):
            self.file.write(_EMPTY * missing, _place(len(ring.settled)))
            ring.settled += [VACANT] * missing
        for slot in ring.stagger(rule.window) if rule.one_by_one else ():
            self.file.write(_SETTLED.pack(ring.settled[slot]), _place(slot))
        return ring

    def _read(self, now: float) -> Ring:
        """What the file says; one that is new, of another version or boot, or damaged is begun afresh."""
        image = self.file.read()
        if not _is_of_before(image):
            if (ring := _parsed(image)) is None:
                log().warning("%s is damaged and begun afresh: what was sent before counts no longer", self.file.path)
            elif max(ring.refused, ring.until - RECOVERY, ring.wanted) <= now + AHEAD:
                return ring
        self.file.replace(_HEADER.pack(MAGIC, boot(), NEVER, NEVER, 1.0, NEVER, 0))
        return Ring([])

    def _settle_what_cannot_be(self, ring: Ring, now: float) -> bool:
        """Leases of processes that are gone, and times from the future, count from now on; whether there were any.

        Where slots come back one after the other, some count from a later time: they come to the same when they are lined up again.
        """
        gone = cache(process.gone)  # one process may hold many
        wrong = [slot for slot, settled in enumerate(ring.settled) if settled > now and self._cannot_be(slot, settled, now, gone)]
        for slot in wrong:
            ring.settled[slot] = now
            self.file.write(_SETTLED.pack(now), _place(slot))
        return bool(wrong)

    def _cannot_be(self, slot: int, settled: float, now: float, gone: Callable[[int, int], bool]) -> bool:
        if not isinf(settled):
            return settled > now + AHEAD
        taken, pid, born = _OWNER.unpack(self.file.peek(_OWNER.size, _place(slot) + _OWNER_AT))
        return not now - LONGEST <= taken <= now + AHEAD or ((pid, born) != process.identity(os.getpid()) and gone(pid, born))


def open_ledger(account: str, name: str) -> Ledger:
    """The ledger of one limit of one account, whatever its size; the file itself is opened when it is first used."""
    return Ledger(PrivateFile(f"quota-{_digest(account, name, _pid_namespace())}"))


@cache
def boot() -> bytes:
    """Which boot of the machine this is, and which of its clocks ``time.monotonic`` reads.

    Where the system has no number for a boot, times from the future tell one of before.
    """
    try:
        told = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
    except OSError:
        told = ""
    return bytes.fromhex(_digest(told, time.get_clock_info("monotonic").implementation))[:16]


def _pid_namespace() -> str:
    """Processes that cannot see one another cannot tell whether the other is gone, and do not share."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _place(slot: int) -> int:
    return _HEADER.size + slot * _SLOT.size


def _is_of_before(image: bytes) -> bool:
    """Whether it is new, or of another version or boot."""
    return image[:_BEGINNING] != MAGIC + boot() and (not image or image.startswith(ANY_VERSION))


def _parsed(image: bytes) -> Ring | None:
    """None where it is damaged: not whole, or with a figure that nobody writes."""
    if len(image) < _HEADER.size or (len(image) - _HEADER.size) % _SLOT.size:
        return None
    magic, _, refused, until, share, wanted, by = _HEADER.unpack_from(image)
    settled = array("d", image)[_HEADER.size // 8 :: _SLOT.size // 8].tolist()
    sensible = magic == MAGIC and refused < inf and until < inf and wanted < inf and SMALLEST <= share <= 1
    # A sum is quick to make, and NaN where a slot is, or where some are vacant and some in flight.
    return Ring(settled, refused, until, share, wanted, by) if sensible and not (isnan(sum(settled)) and any(map(isnan, settled))) else None
