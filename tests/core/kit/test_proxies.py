"""Proxies and certificates of the environment: what can be used is, and what cannot names the variable and what to do."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from brokerport import ConnectError, InvalidRequestError
from brokerport.kit.http import Http
from brokerport.kit.http.proxies import proxy
from core.kit.relays import Serve, relaying, socks
from core.kit.relays import http as http_relay
from core.kit.web import WebServer
from keys import key


@pytest.fixture
def free() -> int:
    """A port that nobody listens at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@pytest.fixture(autouse=True)
def _certificates_of_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine says of certificates is not for these tests."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


async def refused(http: Http, url: str) -> ConnectError:
    with pytest.raises(ConnectError) as raised:
        await http.get(url)
    return raised.value


# Which is used


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("written", "relay"),
    [("http://", http_relay), ("", http_relay), ("socks5://", socks), ("socks5h://", socks), ("socks://", socks)],
)
async def test_a_proxy_of_each_kind_is_used(
    variable: str, written: str, relay: Serve, server: WebServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/x", b"hello")
    async with relaying(relay) as between:
        monkeypatch.setenv(variable, f"{written}127.0.0.1:{between.port}")
        assert (await http.get(f"{server.root}/x")).body == b"hello"
        assert between.asked == [f"127.0.0.1:{server.port}"]
        await http.aclose()


async def test_that_of_the_scheme_goes_before_that_of_all(
    server: WebServer, http: Http, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/x", b"hello")
    async with relaying(http_relay) as between:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{between.port}")
        monkeypatch.setenv("ALL_PROXY", f"foo://127.0.0.1:{free}")
        monkeypatch.setenv("HTTPS_PROXY", "http://[::1")
        monkeypatch.setenv("SSL_CERT_FILE", "/not/here.pem")
        assert (await http.get(f"{server.root}/x")).body == b"hello"
        assert len(between.asked) == 1
        await http.aclose()


#: what NO_PROXY says, an address, and whether that is asked without a proxy
NO_PROXY = [
    ("*", "http://127.0.0.1/", True),
    ("", "http://127.0.0.1/", False),
    ("127.0.0.1", "http://127.0.0.1:8080/", True),
    ("127.0.0.1:8080", "http://127.0.0.1:8080/", True),
    ("127.0.0.1:8081", "http://127.0.0.1:8080/", False),
    ("127.0.0.1:80", "http://127.0.0.1/", True),
    ("127.0.0.1:443", "https://127.0.0.1/", True),
    ("10.0.0.0/8", "http://10.20.30.40/", True),
    ("10.0.0.0/8", "http://11.0.0.1/", False),
    ("10.1.2.3/8", "http://10.20.30.40/", True),
    ("127.*", "http://127.0.0.1/", True),
    ("[::1]", "http://[::1]/", True),
    ("::1", "http://[::1]/", True),
    ("0:0::1", "http://[::1]/", True),
    ("[::1]:80", "http://[::1]/", True),
    ("[::1]:81", "http://[::1]/", False),
    ("[::1]", "http://127.0.0.1/", False),
    ("fe80::/10", "http://[fe80::1]/", True),
    ("[fe80::]/10", "http://[fe80::1]/", True),
    ("fe80::/10", "http://[2001:db8::1]/", False),
    ("fe80::/10", "http://10.0.0.1/", False),
    ("::/0", "http://10.0.0.1/", False),
    ("10.0.0.0/8, [::1] ,fe80::/10", "http://[fe80::2]/", True),
    ("10.0.0.0/8 [::1]", "http://[::1]/", True),
    ("example.com", "http://example.com/", True),
    ("EXAMPLE.com", "http://cdn.Example.com/", True),
    (".example.com", "http://cdn.example.com/", True),
    ("*.example.com", "http://cdn.example.com/", True),
    ("example.com", "http://badexample.com/", False),
    ("example.com", "http://example.com./", True),
    ("http://example.com", "http://example.com/", True),
    ("example.com:8080", "http://example.com/", False),
    ("com", "http://example.com/", True),
    (",,", "http://example.com/", False),
    ("[", "http://example.com/", False),
    ("[]:,", "http://example.com/", False),
    ("999.0.0.0/8", "http://example.com/", False),
    ("10.0.0.0/99", "http://10.0.0.1/", False),
    ("." * 10_000, "http://example.com/", False),
]


@pytest.mark.parametrize(("listed", "url", "without"), NO_PROXY, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_hosts_that_are_asked_without_a_proxy(
    variable: str, listed: str, url: str, *, without: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from httpx import URL

    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv(variable, listed)
    address = URL(url)
    assert (proxy(address.scheme, address.host, address.port) is None) is without


@pytest.mark.parametrize("listed", ["[::1],127.0.0.0/8", "fe80::/10, 127.0.0.1", "*"])
async def test_a_host_that_no_proxy_names_is_asked_straight_whatever_the_proxy_is(
    listed: str, server: WebServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/x", b"hello")
    monkeypatch.setenv("HTTP_PROXY", "foo://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", listed)
    assert (await http.get(f"{server.root}/x")).body == b"hello"


# What cannot be used


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "socks4://127.0.0.1:1",
            "names the proxy socks4://127.0.0.1:1, and one of the kind 'socks4' cannot be used, http, https",
        ),
        (
            "foo://me:secret@127.0.0.1:1",
            "names the proxy foo://127.0.0.1:1, and one of the kind 'foo' cannot be used, http, https",
        ),
        ("http://", "names a proxy without a host"),
        ("http://127.0.0.1:99999", "names a proxy whose address cannot be read"),
        ("http://[::1", "names a proxy whose address cannot be read"),
        ("::1", "names a proxy whose address cannot be read"),
    ],
)
async def test_a_proxy_that_cannot_be_used_names_its_variable_and_is_not_asked_for_again(
    variable: str, value: str, said: str, server: WebServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    error = await refused(http, server.root)
    assert str(error).startswith(f"{variable} {said}")
    assert str(error).endswith(f"; mend or unset {variable}")
    assert (error.retryable, "secret" in str(error), server.requests) == (False, False, [])


async def test_a_socks_proxy_without_its_package_names_the_extra(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "socksio", None)
    error = await refused(http, "http://127.0.0.1:1/")
    hint = "pip install 'brokerport[socks]', or only 'httpx[socks]>=0.27'"
    said = f"ALL_PROXY names the proxy socks5://127.0.0.1:1, and SOCKS needs a package more: {hint}"
    assert (str(error), error.retryable) == (said, False)


@pytest.mark.parametrize("kind", ["http", "https", "socks5"])
async def test_a_proxy_that_nobody_listens_at_names_its_variable_and_what_to_do(
    kind: str, server: WebServer, http: Http, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"{kind}://me:secret@127.0.0.1:{free}")
    error = await refused(http, f"{server.root}/x")
    names = f"HTTP_PROXY names the proxy 127.0.0.1:{free}: mend or unset HTTP_PROXY, or put 127.0.0.1 into NO_PROXY"
    assert str(error).startswith(f"{server.root}/x: no connection: ")
    assert str(error).endswith(f"; {names}")
    assert (error.retryable, "secret" in str(error), server.requests) == (True, False, [])


async def test_without_a_proxy_for_the_address_none_is_named(http: Http, free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    assert "PROXY" not in str(await refused(http, f"http://127.0.0.1:{free}/"))


async def test_an_address_with_a_port_that_cannot_be_is_refused(http: Http) -> None:
    with pytest.raises(InvalidRequestError, match="an address cannot be read"):
        await http.get("http://127.0.0.1:99999/")


# Certificates


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of 127.0.0.1, by nobody else's authority."""
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    mine = key(2048)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(mine.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(mine, SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(mine.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM))
    return file


@asynccontextmanager
async def by_tls(certificate: Path) -> AsyncIterator[str]:
    """A web server with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_the_authority_that_the_environment_names_is_believed_straight_and_by_a_proxy(
    certificate: Path, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with by_tls(certificate) as root, relaying(http_relay) as between:
        assert (await http.get(root)).body == b"hello"
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{between.port}")
        proxied = Http("brokerport-tests")
        assert (await proxied.get(root)).body == b"hello"
        assert [f"https://{each}" for each in between.asked] == [root]
        await proxied.aclose()
        await http.aclose()


async def test_an_authority_that_nobody_knows_says_which_variable_to_set(
    certificate: Path, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with by_tls(certificate) as root:
        assert str(await refused(http, root)).endswith(
            "; where the network has an authority of its own, set SSL_CERT_FILE to a file with its certificate and all others"
        )
        monkeypatch.setenv("SSL_CERT_DIR", str(certificate.parent))
        other = Http("brokerport-tests")
        said = "; SSL_CERT_DIR says whose certificates are believed: look whether the authority that signs here is among them"
        assert str(await refused(other, root)).endswith(said)
        await other.aclose()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_certificates_that_are_gone_name_their_variable(variable: str, http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "/not/here")
    error = await refused(http, "https://127.0.0.1:1/")
    assert (str(error), error.retryable) == (f"{variable} names /not/here, which is not there: mend or unset {variable}", False)


@pytest.mark.parametrize(("variable", "value"), [("SSL_CERT_FILE", __file__), ("SSL_CERT_FILE", "/"), ("SSLKEYLOGFILE", "/not/here/log")])
async def test_certificates_that_are_none_name_their_variable(
    variable: str, value: str, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    error = await refused(http, "https://127.0.0.1:1/")
    assert str(error).startswith("TLS cannot be set up: ")
    assert str(error).endswith(f"; mend or unset {variable} (here {value})")


async def test_certificates_that_are_gone_hurt_nobody_who_needs_none(
    server: WebServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/x", b"hello")
    monkeypatch.setenv("SSL_CERT_FILE", "/not/here.pem")
    assert (await http.get(f"{server.root}/x")).body == b"hello"
