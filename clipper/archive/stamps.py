"""Time stamps (RFC 3161): somebody else's word that certain bytes existed at a certain time.

    bytes -> request with a nonce -> the service's answer -> checked -> Stamp | Unstamped

Nothing is called stamped before the answer was checked: that it was granted, that it is for
these bytes and this request, that it is signed by a certificate made for time stamps, and that
this leads to one of the certificates that the user named, all valid at the stamp's own time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import text
from ..errors import ArchiveError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

MOST_BYTES: Final = 256 * 1024
"""A longer answer is none: those of known services have 1 to 10 KB."""

HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}
"""What goes beside a request (RFC 3161, 3.4)."""

SHA_256: Final = "2.16.840.1.101.3.4.2.1"

_MISSING: Final = (
    "Time stamps can be had and checked only where 'rfc3161-client' is installed: "
    "pip install 'clipper[signing]'."
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that was checked: the time that it vouches for (UTC), who signed it, and
    the service's whole answer (DER), by which anybody can check it again."""

    at: datetime
    authority: str
    answer: bytes


@dataclass(frozen=True, slots=True)
class Unstamped:
    """There is no time stamp that holds, and why: a clause without a full stop."""

    why: str


Post = Callable[[bytes], bytes | str]
"""Sends a request to the service: the body of its answer, or why there is none."""

Stamper = Callable[[bytes], Stamp | Unstamped]
"""Has bytes stamped."""

Check = Callable[[bytes, str], Stamp | Unstamped]
"""`(answer, SHA-256 in hex of what it must be for)`: whether a stamp that is kept holds."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The certificates that a stamp must lead to."""

    certificates: tuple[Certificate, ...]

    def check(self, answer: bytes, digest: str) -> Stamp | Unstamped:
        """Whether an answer that was kept is a time stamp for what has that SHA-256."""
        return _checked(answer, bytes.fromhex(digest), self.certificates, None)

    def stamp(self, post: Post, content: bytes) -> Stamp | Unstamped:
        """Have `content` stamped by the service that `post` leads to."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        builder = TimestampRequestBuilder(data=content, hash_algorithm=HashAlgorithm.SHA256)
        request = builder.build()
        answer = post(request.as_bytes())
        if isinstance(answer, str):
            return Unstamped(answer)
        return _checked(answer, sha256(content).digest(), self.certificates, request.nonce)


def trust(path: Path) -> Trust:
    """The certificates in a PEM file. Raises ArchiveError when there are none to be read."""
    try:
        import rfc3161_client  # noqa: F401
        from cryptography.x509 import load_pem_x509_certificates
    except ImportError as error:
        raise ArchiveError(_MISSING) from error
    try:
        return Trust(tuple(load_pem_x509_certificates(path.read_bytes())))
    except OSError as error:
        raise ArchiveError(
            f"{path}: the certificates of the time-stamping service can't be read "
            f"({error.strerror})."
        ) from error
    except ValueError as error:
        raise ArchiveError(
            f"{path}: there is no certificate in it that can be read. It should hold the "
            "service's root certificate as PEM, as the service publishes it."
        ) from error


def _checked(
    answer: bytes, digest: bytes, certificates: tuple[Certificate, ...], nonce: int | None
) -> Stamp | Unstamped:
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    if len(answer) > MOST_BYTES:
        return Unstamped("the answer is too long for a time stamp")
    try:
        read = decode_timestamp_response(_in_order(answer))
        if read.status != 0:
            return Unstamped(_refused(read))
        if fault := _other(read, digest, nonce):
            return Unstamped(fault)
        VerifierBuilder(roots=list(certificates), nonce=nonce).build().verify(read, digest)
        return Stamp(read.tst_info.gen_time.astimezone(UTC), _authority(read), answer)
    except VerificationError as error:
        return Unstamped(_said(str(error)))
    except Exception:  # noqa: BLE001  (a hostile answer, in the hands of a library)
        return Unstamped("the answer is no time stamp that can be read")


def _refused(read: TimeStampResponse) -> str:
    said = text.clean(" ".join(read.status_string), 200)
    return f"the service refused it (status {read.status}{f': {said}' if said else ''})"


def _other(read: TimeStampResponse, digest: bytes, nonce: int | None) -> str:
    """Whether the stamp is for something else than what was asked; "" when it is not."""
    told = read.tst_info
    if told.message_imprint.hash_algorithm.dotted_string != SHA_256:
        return "the time stamp goes by another digest than SHA-256"
    if told.message_imprint.message != digest:
        return "the time stamp is for something else"
    if nonce is not None and told.nonce != nonce:
        return "the time stamp is the answer to another request"
    return ""


_REASONS: Final = {
    "has expired": "its certificate was not valid any more at that time",
    "not yet valid": "its certificate was not valid yet at that time",
    "certificate verify error": "its certificate does not lead to any that you trust",
    "EKU": "its certificate was not made for time stamps",
}
"""What the library says, and what it means."""


def _said(reason: str) -> str:
    meant = next((meant for word, meant in _REASONS.items() if word in reason), "")
    return meant or "its signature does not hold"


def _authority(read: TimeStampResponse) -> str:
    """The common name of who signed, else the whole name."""
    from cryptography.x509 import NameOID, load_der_x509_certificate

    (signer,) = read.signed_data.signer_infos
    for each in read.signed_data.certificates:
        found = load_der_x509_certificate(each)
        if found.serial_number == signer.serial_number and found.issuer == signer.issuer:
            names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            told = str(names[0].value) if names else found.subject.rfc4514_string()
            return text.clean(told, 200)
    return ""


# ---------------------------------------------------------------- the order of certificates

_CERTIFICATES: Final = 0xA0
_TO_SIGNED_DATA: Final = (0, 1, 1, 0)
"""Answer, its token (second), the token's content (second), the signed data in it."""


def _in_order(answer: bytes) -> bytes:
    """The answer with the certificates beside the signature in the order that DER asks for.

    Services that run OpenSSL send them in that of the chain, which the library refuses to
    read. No signature covers them, and each must lead to one that is trusted.
    """
    start, end = 0, len(answer)
    try:
        for number in _TO_SIGNED_DATA:
            _, _, start, end = _values(answer, start, end)[number]
        for tag, _, first, last in _values(answer, start, end):
            if tag == _CERTIFICATES:
                each = sorted(answer[a:b] for _, a, _, b in _values(answer, first, last))
                return answer[:first] + b"".join(each) + answer[last:]
    except IndexError:
        pass  # it is no time stamp: the library says so
    return answer


def _values(content: bytes, at: int, end: int) -> list[tuple[int, int, int, int]]:
    """The DER values from `at` to `end`: tag, where each begins, its content begins, and it
    ends. Raises IndexError for anything else."""
    found = []
    while at < end:
        size, start = content[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(content[at + 2 : start])
        if start + size > end:
            raise IndexError
        found.append((content[at], at, start, start + size))
        at = start + size
    return found
