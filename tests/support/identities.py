"""Certificates made at test time: an authority, and whom it vouches for, rightly or not."""

import datetime
import ipaddress
import ssl
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAY = datetime.timedelta(days=1)


class Authority:
    """`pem` is what a client has to trust."""

    def __init__(self, folder: Path, name: str = "Authority of the tests") -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._own = _draft(self._name, self._name, self._key, -_DAY, _DAY)
        self._own = self._own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = self._own.sign(self._key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        self._count = 0

    def issue(self, host: str = "127.0.0.1", *, is_expired: bool = False, is_own: bool = False, is_legacy: bool = False) -> ssl.SSLContext:
        """A server's side of TLS for one host. `is_own`: signed by itself; `is_legacy`: speaks nothing newer than TLS 1.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        begin, end = (-3 * _DAY, -_DAY) if is_expired else (-_DAY, _DAY)
        subject = _named("A receiver of the tests")
        draft = _draft(subject, subject if is_own else self._name, key, begin, end)
        draft = draft.add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        made = draft.sign(key if is_own else self._key, hashes.SHA256())
        self._count += 1
        path = self._folder / f"receiver-{self._count}.pem"
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if is_legacy:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.set_ciphers("DEFAULT@SECLEVEL=0")
                context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime.timedelta, end: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now + begin).not_valid_after(now + end)
