"""Content credentials (C2PA): a signed statement in the file of what it is made of and what was done to it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.provenance import Provenance
from vs_lipsync.version import __version__

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

__all__ = ["Signature"]

_SOURCE_TYPE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's word for what is partly made by a trained model."""


class Signature:
    """A user's key and certificate, ready to sign."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Read a key.

        Args:
            certificate: the signer's certificate and the ones that vouch for it, in this order, as PEM.
            key: the signer's private key as PEM, without a password.

        Raises:
            JobError: the library for it is not installed, or they cannot be used.
        """
        try:
            import c2pa
            from cryptography import x509
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
        except ImportError as error:
            raise JobError("signing needs the package c2pa-python; install vs-lipsync[c2pa]") from error
        try:
            data, chain = key.read_bytes(), certificate.read_bytes()
            private = load_pem_private_key(data, password=None)
            # Now, not when hours of work are to be signed.
            _check(x509.load_pem_x509_certificates(chain)[0], private)
            information = c2pa.C2paSignerInfo(_algorithm(private), chain, data, None)
            self._signer = c2pa.Signer.from_info(information)
        except (OSError, ValueError, TypeError, c2pa.C2paError) as error:
            raise JobError(f"cannot sign with {key} and {certificate}: {one_line(error)}") from error

    def sign(self, file: Path, signed: Path, source: Path, provenance: Provenance) -> None:
        """Write a signed copy of a file.

        Args:
            file: an MP4 or QuickTime file.
            signed: the copy to write.
            source: the file that it is made of, which is named as its parent, with its own credentials if it has some.
            provenance: what was done to it.

        Raises:
            JobError: it cannot be signed.
        """
        import c2pa

        try:
            builder = c2pa.Builder({"claim_generator_info": [{"name": "vs-lipsync", "version": __version__}]})
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            with source.open("rb") as stream:
                parent = {"title": source.name, "relationship": "parentOf"}
                builder.add_ingredient(parent, source.suffix.removeprefix(".").lower(), stream)
            builder.add_action(
                {
                    "action": "c2pa.edited",
                    "digitalSourceType": _SOURCE_TYPE,
                    "description": provenance.comment,
                    "parameters": {"vs-lipsync": provenance.statement},
                }
            )
            builder.sign_file(file, signed, self._signer)
        except (OSError, c2pa.C2paError) as error:
            raise JobError(f"cannot sign the file: {one_line(error)}") from error


def _check(certificate: "Certificate", key: "PrivateKeyTypes") -> None:
    """Refuse a certificate of another key, or one that is not valid now, with a ValueError."""
    if certificate.public_key() != key.public_key():
        raise ValueError("the first certificate is that of another key")
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        raise ValueError("the certificate is not valid today")


def _algorithm(key: "PrivateKeyTypes") -> str:
    """Return what C2PA calls the signature that a key makes; ValueError for a key of another kind."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in curves:
        return curves[key.curve.name]
    raise ValueError("C2PA knows keys of the kinds RSA, Ed25519, and ECDSA on the curves P-256, P-384 and P-521")
