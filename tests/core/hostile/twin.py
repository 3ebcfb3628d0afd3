"""Two distributions bring it."""

raise AssertionError("none of two plugins of one name is imported")
