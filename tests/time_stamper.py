"""A real time-stamping service on loopback: OpenSSL's, behind a small web server that can fail.

It has its own certificates: a root, an authority below it, and the service's own.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

NAME = "Test Time Stamps"
IMPRINT = re.compile(rb"(?s)(\x04\x20)(.{32})")
"""The digest in a request: an octet string of 32 bytes."""

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/service.pem
certs = {folder}/between.pem
signer_key = {folder}/service.key
signer_digest = {signer_digest}
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Service:
    """Where it is, what it was asked, and how it answers: `right`, or in one of `WRONG`'s ways."""

    folder: Path
    port: int = 0
    way: str = "right"
    signer_digest: str = "sha256"
    more: str = ""
    asked: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The root certificate, as the service would publish it."""
        return self.folder / "root.pem"

    @property
    def config(self) -> str:
        """What a `sources.yaml` says of it."""
        return (
            "network: {allow: 127.0.0.0/8, deadline: 20 s}\n"
            "archive:\n  time_stamps:\n"
            f"    service: http://127.0.0.1:{self.port}/tsr\n"
            f"    certificates: {self.root}\n"
        )

    def answer(self, request: bytes) -> tuple[int, bytes]:
        self.asked.append(request)
        if self.way == "failing":
            return 500, b"Internal error"
        if self.way == "garbage":
            return 200, b"<html>Maintenance</html>"
        if self.way == "empty":
            return 200, b""
        if self.way == "cut":
            return 200, self._reply(request)[:-40]
        if self.way == "again":
            return 200, self.answers[-1]
        if self.way == "something else":
            request = IMPRINT.sub(lambda m: m[1] + sha256(m[2]).digest(), request, count=1)
        if self.way == "another request":
            (digest,) = (m[2].hex() for m in [IMPRINT.search(request)] if m)
            asking = ("-query", "-digest", digest, "-sha256", "-cert", "-out")
            self._openssl(*asking, str(self.folder / "own.tsq"))
            request = (self.folder / "own.tsq").read_bytes()
        done = self._reply(request)
        self.answers.append(done)
        return 200, done

    def _reply(self, request: bytes) -> bytes:
        (self.folder / "asked.tsq").write_bytes(request)
        digests = "sha512" if self.way == "refusing" else "sha256"
        told = {"digests": digests, "signer_digest": self.signer_digest}
        config = CONFIG.format(folder=self.folder, **told)
        (self.folder / "service.cnf").write_text(config + self.more)
        self._openssl(
            "-reply", "-config", str(self.folder / "service.cnf"),
            "-queryfile", str(self.folder / "asked.tsq"), "-out", str(self.folder / "answer.tsr"),
        )  # fmt: skip
        return (self.folder / "answer.tsr").read_bytes()

    def _openssl(self, *words: str) -> None:
        done = subprocess.run(["openssl", "ts", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def certify(
        self,
        start: float = -1,
        end: float = 10,
        root: bool = True,
        key: Callable[[], Key] = lambda: ec.generate_private_key(ec.SECP256R1()),
    ) -> None:
        """Make the certificates anew: the service's own is valid from and to so many days from
        now. Without `root` the published root stays as it was."""
        top, middle, own = (key() for _ in range(3))
        authority = certificate("Test Root", top, ca=True)
        between = certificate("Test Authority", middle, authority, top, ca=True)
        service = certificate(NAME, own, between, middle, start=start, end=end)
        pem = serialization.Encoding.PEM
        if root:
            self.root.write_bytes(authority.public_bytes(pem))
        (self.folder / "between.pem").write_bytes(
            between.public_bytes(pem) + authority.public_bytes(pem)
        )
        (self.folder / "service.pem").write_bytes(service.public_bytes(pem))
        (self.folder / "service.key").write_bytes(
            own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (self.folder / "serial").write_text("01\n")


def certificate(
    name: str,
    key: Key,
    issuer: x509.Certificate | None = None,
    issuing: Key | None = None,
    *,
    ca: bool = False,
    start: float = -3000,
    end: float = 3000,
) -> x509.Certificate:
    own, at = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer.subject if issuer else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at + timedelta(days=start))
        .not_valid_after(at + timedelta(days=end))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )
    if not ca:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(purpose, critical=True)
    return made.sign(issuing or key, hashes.SHA256())


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    service = Service(folder)
    service.certify()
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            assert self.headers.get("Content-Type") == "application/timestamp-query"
            self.close_connection = True
            if service.way == "endless":
                return self._endless()
            status, answer = service.answer(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            return None

        def _endless(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while not ended.is_set():
                    self.wfile.write(b"0" * 65536)
            except OSError:
                pass  # the other end had enough

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield service
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def openssl_verifies(service: Service, answer: bytes, digest: str) -> bool:
    """Whether OpenSSL, who knows nothing of clipper, finds a stamp good for a digest."""
    kept = service.folder / "kept.tsr"
    kept.write_bytes(answer)
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-digest", digest, "-in", str(kept),
         "-CAfile", str(service.root)],
        capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode == 0 and "Verification: OK" in done.stdout


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "service"
    folder.mkdir()
    with serving(folder) as made:
        yield made
