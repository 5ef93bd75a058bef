"""Signatures of packages, by a key made for each: the anonymous signature of
https://specs.webrecorder.net/wacz-auth/0.1.0/.

It proves that nothing was changed since it was signed, by whoever holds the key; it names
nobody. The private key is forgotten at once: nothing can be signed with it later.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from .. import __version__
from ..errors import ArchiveError
from .wacz import Sign


def signer() -> Sign:
    """A signer with a new key. Raises ArchiveError where `cryptography` is not installed."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    except ImportError as error:
        raise ArchiveError(
            "A package can be signed only where 'cryptography' is installed: "
            "pip install 'clipper[signing]'. Without --sign it is written all the same."
        ) from error
    key = ec.generate_private_key(ec.SECP384R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def sign(digest: str, created: str) -> Mapping[str, str]:
        # Browsers, who check it, know the two numbers side by side (IEEE P1363), not DER.
        r, s = decode_dss_signature(key.sign(digest.encode(), ec.ECDSA(hashes.SHA256())))
        return {
            "hash": digest,
            "created": created,
            "software": f"clipper/{__version__}",
            "version": "0.1.0",
            "signature": _text(r.to_bytes(48) + s.to_bytes(48)),
            "publicKey": _text(public),
        }

    return sign


def holds(public: bytes, signature: bytes, content: bytes) -> bool | None:
    """Whether a signature is that of `content` by the key: the key as DER, the signature's two
    numbers side by side. None where `cryptography` is not installed."""
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    except ImportError:
        return None
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
    try:
        key = serialization.load_der_public_key(public)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(encode_dss_signature(r, s), content, ec.ECDSA(hashes.SHA256()))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
