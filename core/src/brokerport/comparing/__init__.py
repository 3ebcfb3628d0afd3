"""Two brokers' answers side by side."""
