"""Bytes in, events out: OpenD's frames and connections, without asyncio, socket, thread or clock."""
