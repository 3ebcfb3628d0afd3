"""What docs/reliability.md promises in milliseconds and attempts, measured: times are no matter for a test suite on a shared machine."""
