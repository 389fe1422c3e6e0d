"""A network of its own: an authority that nobody else knows, a server's TLS, and a forward proxy."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """`bundle` holds the authority's certificate; `context` is a server's that shows one signed by it."""

    bundle: Path
    context: ssl.SSLContext


def authority(folder: Path, host: str) -> Authority:
    """A new one, with a server certificate for that host."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own authority")]), datetime.now(UTC)

    def begun(name: x509.Name, of: ec.EllipticCurvePrivateKey, is_root: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder(root_name, name, of.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
            )
        )

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    root = begun(root_name, root_key, True).add_extension(usage, critical=True)
    leaf = begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, False).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
    )
    pem = serialization.Encoding.PEM
    bundle, chain = folder / "ca.pem", folder / "server.pem"
    bundle.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(pem))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    chain.write_bytes(
        leaf.sign(root_key, hashes.SHA256()).public_bytes(pem) + key.private_bytes(pem, form, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return Authority(bundle, context)


class _Relay:
    """Takes connections and joins each to another one."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(taken,), daemon=True).start()

    def _join(self, taken: socket.socket) -> None:
        with contextlib.suppress(OSError), taken:
            near, far = self.pair(taken)
            with near, far:
                back = threading.Thread(target=_pump, args=(far, near), daemon=True)
                back.start()
                _pump(near, far)
                back.join(10)

    def pair(self, taken: socket.socket) -> tuple[socket.socket, socket.socket]:
        """The two ends to join."""
        raise NotImplementedError


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


class TlsFront(_Relay):
    """TLS before a plain server on loopback."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        self._context, self._behind = context, port
        super().__init__()

    def pair(self, taken: socket.socket) -> tuple[socket.socket, socket.socket]:
        """The decrypted connection, and one to the server."""
        near = self._context.wrap_socket(taken, server_side=True)
        return near, socket.create_connection(("127.0.0.1", self._behind))


class ForwardProxy(_Relay):
    """An HTTP proxy that knows one host only. `asked` are the targets of CONNECT."""

    def __init__(self, known: str, port: int) -> None:
        self._known, self._behind = known, port
        self.asked: list[str] = []
        super().__init__()

    def pair(self, taken: socket.socket) -> tuple[socket.socket, socket.socket]:
        """The client after its CONNECT, and the known host."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (byte := taken.recv(1)):
                raise OSError
            head += byte
        target = head.split(b" ")[1].decode()
        self.asked.append(target)
        if target != f"{self._known}:443":
            taken.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            raise OSError
        far = socket.create_connection(("127.0.0.1", self._behind))
        taken.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return taken, far


@contextlib.contextmanager
def behind_proxy(folder: Path, host: str, port: int) -> Iterator[tuple[Authority, ForwardProxy]]:
    """The plain server on that port as https://`host`, which only the proxy can reach."""
    made = authority(folder, host)
    front = TlsFront(made.context, port)
    proxy = ForwardProxy(host, front.port)
    try:
        yield made, proxy
    finally:
        proxy.close()
        front.close()
