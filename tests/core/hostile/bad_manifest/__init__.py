"""Its manifest is no TOML, so nothing of it is imported."""

raise AssertionError("a plugin whose manifest cannot be read is not imported")
