"""Many callers of every kind, a gateway behind a proxy whose faults change, and the promises counted."""
