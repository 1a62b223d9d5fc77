"""Certificates of an authority of our own, good ones and bad ones."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    def serving(self) -> ssl.SSLContext:
        """What a server needs to show it."""
        secret = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "chain.pem"
            path.write_bytes(self.pem + secret)
            context.load_cert_chain(path)
        return context


@cache
def _authority() -> _Pair:
    return _issue("conntop's authority", None, is_authority=True)


def trusted() -> bytes:
    """The authority's own certificate, for ``SSL_CERT_FILE``."""
    return _authority().pem


def certificate(
    name: str, *, days: tuple[int, int] = (-1, 1), self_signed: bool = False
) -> ssl.SSLContext:
    """What a server shows.

    Args:
        name: the host that it is for.
        days: from when until when it holds, counted from today.
        self_signed: whether it vouches for itself.
    """
    return _issue(name, None if self_signed else _authority(), days).serving()


def _issue(
    name: str, by: _Pair | None, days: tuple[int, int] = (-1, 1), *, is_authority: bool = False
) -> _Pair:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    first, last = (now + number * _DAY for number in days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    return _Pair(builder.sign(key if by is None else by.key, SHA256()), key)
