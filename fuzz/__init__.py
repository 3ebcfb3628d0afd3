"""Fuzz targets: whatever bytes come, only the documented errors come out."""
