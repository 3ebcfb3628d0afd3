"""A gateway made of an official package's own messages: ``official_gateway.py BRAND REPLIES RECORD``.

Nothing here is brokerport's: frames are cut and packed by this file, messages are the package's. REPLIES is a JSON file of what to
answer, by "PROTOCOL MARKET CODE KEY", the key being the request's nextKey, and by "1002 N" what to answer when a client asks for the state
the N-th time. Every frame that came is a line of the file RECORD before it is answered. Prints its port, and ends with its input.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import socketserver
import struct
import sys
import threading
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

HEADER = struct.Struct("<2s I B B I I 20s 8s")
INIT_CONNECT, GLOBAL_STATE, KEEP_ALIVE = 1001, 1002, 1004
NAMES = {
    INIT_CONNECT: "InitConnect",
    GLOBAL_STATE: "GetGlobalState",
    KEEP_ALIVE: "KeepAlive",
    3212: "Qot_GetCapitalDistribution",
    3247: "Qot_GetTopTenBuySellBrokers",
    3248: "Qot_GetDailyShortVolume",
    3249: "Qot_GetShortInterest",
    3424: "Qot_GetArkStockDynamic",
}
GREETING = {"serverVer": 1011, "loginUserID": 2**64 - 1, "connID": 2**64 - 1, "connAESKey": "0123456789ABCDEF", "keepAliveInterval": 1}


class Gateway(socketserver.ThreadingTCPServer):
    """Answers every client by the table of replies."""

    daemon_threads = True

    def __init__(self, brand: str, replies: str, record: str) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.messages = {number: importlib.import_module(f"{brand}.common.pb.{name}_pb2") for number, name in NAMES.items()}
        self.replies: dict[str, dict[str, Any]] = json.loads(Path(replies).read_text("utf-8"))
        self._record = Path(record)
        self._lock = threading.Lock()

    def note(self, **seen: Any) -> None:
        """Write down what came."""
        with self._lock, self._record.open("a", encoding="utf-8") as record:
            record.write(json.dumps(seen) + "\n")


class Visit(socketserver.StreamRequestHandler):
    """One client's connection."""

    server: Gateway

    def setup(self) -> None:
        """Nobody is known yet, and nothing held back."""
        super().setup()
        self.client = ""
        self.states = 0
        self.held: list[bytes] = []

    def handle(self) -> None:
        """Answer frame by frame until the client leaves."""
        while header := self.rfile.read(HEADER.size):
            magic, proto_id, body_format, version, serial, length, digest, _ = HEADER.unpack(header)
            body = self.rfile.read(length)
            if (magic, body_format, version, digest) != (b"FT", 0, 0, hashlib.sha1(body).digest()) or proto_id not in NAMES:
                self.server.note(client=self.client, broken=(header + body).hex())
                return
            self.answer(header, proto_id, serial, body)

    def answer(self, header: bytes, proto_id: int, serial: int, body: bytes) -> None:
        """Record a request, and reply as the table says."""
        request = self.server.messages[proto_id].Request.FromString(body)
        if proto_id == INIT_CONNECT:
            self.client = request.c2s.clientID
        c2s = MessageToDict(request.c2s, preserving_proto_field_name=True)
        request.DiscardUnknownFields()
        whole = request.IsInitialized() and request.SerializeToString() == body
        self.server.note(client=self.client, proto_id=proto_id, header=header.hex(), body=body.hex(), c2s=c2s, whole=whole)
        reply, wait = self.reply(proto_id, request.c2s)
        digest = hashlib.sha1(reply).digest()
        frame = HEADER.pack(b"FT", proto_id, 0, 0, serial, len(reply), digest, bytes(8)) + reply
        if wait:
            self.held.append(frame)
        else:
            self.wfile.write(frame)
        if proto_id == KEEP_ALIVE:
            self.wfile.write(b"".join(self.held))
            self.held.clear()

    def reply(self, proto_id: int, c2s: Any) -> tuple[bytes, bool]:
        """A reply's body, and whether it has to wait for the client's next keep-alive."""
        response = self.server.messages[proto_id].Response
        if proto_id == INIT_CONNECT:
            return response(retType=0, s2c=GREETING).SerializeToString(), False
        if proto_id == KEEP_ALIVE:
            return response(retType=0, s2c={"time": c2s.time}).SerializeToString(), False
        key = self.key(proto_id, c2s)
        given = self.server.replies.get(key, {"response": {"retType": -1, "retMsg": f"nothing to say to {key!r}"}})
        body = response(**given["response"]).SerializePartialToString() + bytes.fromhex(given.get("tail", ""))
        return body, given.get("after_keep_alive", False)

    def key(self, proto_id: int, c2s: Any) -> str:
        """What a request's reply has in the table."""
        if proto_id == GLOBAL_STATE:
            self.states += 1
            return f"{proto_id} {self.states}"
        return f"{proto_id} {c2s.security.market} {c2s.security.code} {getattr(c2s, 'nextKey', '')}"


def main(brand: str, replies: str, record: str) -> None:
    """Serve until the input ends."""
    with Gateway(brand, replies, record) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        print(gateway.server_address[1], flush=True)
        sys.stdin.read()
        gateway.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)  # whatever threads the package has left behind
