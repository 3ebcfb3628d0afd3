"""For authors of plugins: what brokers of one kind have in common, ready to use."""
