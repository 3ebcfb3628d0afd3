"""The floor: a bare blocking socket that sends the bytes, reads the frame and parses the message, and does nothing else."""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

from benchmarks.timing import median_ms
from brokerport_opend.connecting import handshake
from brokerport_opend.messages import ark_dynamic_pb2, short_volume_pb2
from brokerport_opend.wire.frame import HEADER, Frame, encode


def main(port: int, times: int) -> dict[str, float]:
    """The figures of one round."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _exchange(peer, encode(Frame(handshake.INIT_CONNECT, 1, handshake.hello())))
        ark = ark_dynamic_pb2.Request(c2s={"security": {"market": 11, "code": "TSLA"}}).SerializeToString()
        figures = {"3424, blocking": median_ms(_ask(peer, 3424, ark, ark_dynamic_pb2.Response), times)}
        for rows in (10, 50):
            page = short_volume_pb2.Request(c2s={"security": {"market": 1, "code": "00700"}, "num": rows}).SerializeToString()
            figures[f"3248, page of {rows}"] = median_ms(_ask(peer, 3248, page, short_volume_pb2.Response), times)
    return figures


def _ask(peer: socket.socket, proto_id: int, body: bytes, response: Any) -> Any:
    frame = encode(Frame(proto_id, 2, body))
    return lambda: response.FromString(_exchange(peer, frame))


def _exchange(peer: socket.socket, frame: bytes) -> bytes:
    peer.sendall(frame)
    data = b""
    while len(data) < HEADER.size or len(data) < HEADER.size + HEADER.unpack_from(data)[5]:
        data += peer.recv(131072)
    return data[HEADER.size :]


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
