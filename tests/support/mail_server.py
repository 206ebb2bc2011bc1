"""A mail server on loopback that takes letters, or misbehaves at the step a test names. It remembers everything it took."""

import contextlib
import datetime
import email.policy
import ipaddress
import socket
import ssl
import threading
from base64 import b64decode
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

Step = Literal["greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "content", "dot", "taken"]
"""`content`: while the letter's text comes; `dot`: it is whole and not taken; `taken`: it is taken, and nobody was told yet."""
DROP, HANG = "drop", "hang"


class Taken(Struct):
    """A letter that was taken."""

    sender: str
    recipient: str
    content: bytes
    signed_in: str
    secured: bool
    copies: list[str] = []

    @property
    def letter(self) -> EmailMessage:
        parsed = BytesParser(policy=email.policy.default).parsebytes(self.content)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def id(self) -> str:
        return str(self.letter["Message-ID"])


class Cut(Exception):
    """The connection is to end here."""


class MailServer:
    """`faults`: what to answer at a step instead, an SMTP answer, DROP or HANG; `once` drops each after its first use; `nobody`: addresses
    that are refused."""

    def __init__(
        self, *, certificate: Path | None = None, tls: Literal["", "starttls", "tls"] = "", users: dict[str, str] | None = None
    ) -> None:
        self.faults: dict[Step, str] = {}
        self.once = False
        self.nobody: set[str] = set()
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.reached = threading.Event()
        self.released = threading.Event()
        self._tls, self._users = tls, users or {}
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._context and certificate:
            self._context.load_cert_chain(certificate)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._open: set[_Session] = set()
        self._threads: list[threading.Thread] = []
        self._is_over = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> "MailServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self.released.set()
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)
        for session in list(self._open):
            session.cut()
        for thread in self._threads:
            thread.join(5)

    def ids(self) -> list[str]:
        return [one.id for one in self.taken]

    def _accept(self) -> None:
        while not self._is_over:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(line,), daemon=True))
            self._threads[-1].start()

    def _serve(self, line: socket.socket) -> None:
        session = _Session(self, line)
        self._open.add(session)
        try:
            with contextlib.suppress(OSError, Cut):
                session.run()
        finally:
            session.close()

    def fault(self, step: Step) -> str:
        """What is to go wrong here; "" for nothing. Hanging ends when the test lets go, and then the connection ends."""
        with self._lock:
            found = self.faults.get(step, "")
            if found and self.once:
                del self.faults[step]
        if found:
            self.reached.set()
        if found == HANG:
            self.released.wait(60)
        if found in (HANG, DROP):
            raise Cut
        return found


class _Session:
    def __init__(self, server: MailServer, line: socket.socket) -> None:
        self._server, self._line, self._file = server, line, line.makefile("rb")
        self._secured, self._signed_in, self._sender = False, "", ""
        self._recipients: list[str] = []

    def run(self) -> None:
        if self._server._tls == "tls":
            self._secure()
        self._say(self._server.fault("greeting") or "220 mail.example ready")
        while True:
            command = self._read().decode()
            self._server.commands.append(command)
            word = command.split(" ")[0].upper()
            answer = getattr(self, f"_{word.lower()}", self._unknown)(command)
            if answer:
                self._say(answer)
            if word == "QUIT":
                return

    def cut(self) -> None:
        """End the connection from outside; whoever reads it notices."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._file.close()
        self._line.close()

    def _ehlo(self, _: str) -> str:
        offers = ["mail.example", "SIZE 30000000", "8BITMIME"]
        offers += ["STARTTLS"] if self._server._tls == "starttls" and not self._secured else []
        offers += ["AUTH PLAIN LOGIN"] if self._server._users else []
        lines = [f"250-{one}" for one in offers[:-1]] + [f"250 {offers[-1]}"]
        return self._server.fault("EHLO") or "\r\n".join(lines)

    def _starttls(self, _: str) -> str:
        fault = self._server.fault("STARTTLS")
        self._say(fault or "220 go ahead")
        if not fault:
            self._secure()
        return ""

    def _auth(self, command: str) -> str:
        _, way, *rest = command.split(" ")
        if way == "LOGIN":
            self._say("334 VXNlcm5hbWU6")
            user = b64decode(self._read()).decode()
            self._say("334 UGFzc3dvcmQ6")
            password = b64decode(self._read()).decode()
        else:
            _, user, password = b64decode(rest[0]).decode().split("\0")
        if fault := self._server.fault("AUTH"):
            return fault
        if self._server._users.get(user) != password:
            return "535 5.7.8 wrong user or password"
        self._signed_in = user
        return "235 welcome"

    def _mail(self, command: str) -> str:
        self._sender, self._recipients = command.partition("<")[2].partition(">")[0], []
        if self._server._users and not self._signed_in:
            return "530 5.7.0 sign in first"
        return self._server.fault("MAIL") or "250 fine"

    def _rcpt(self, command: str) -> str:
        address = command.partition("<")[2].partition(">")[0]
        if address in self._server.nobody:
            return "550 5.1.1 no such person"
        self._recipients.append(address)
        return self._server.fault("RCPT") or "250 fine"

    def _data(self, _: str) -> str:
        if fault := self._server.fault("DATA"):
            return fault
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self._read()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
            if fault := self._server.fault("content"):
                self._say(fault)
                raise Cut
        if fault := self._server.fault("dot"):
            return fault
        content = b"".join(one + b"\r\n" for one in lines)
        there, *copies = self._recipients
        self._server.taken.append(Taken(self._sender, there, content, self._signed_in, self._secured, copies))
        return self._server.fault("taken") or "250 taken"

    def _quit(self, _: str) -> str:
        return "221 bye"

    def _unknown(self, _: str) -> str:
        return "500 what?"

    def _secure(self) -> None:
        assert self._server._context is not None
        self._line = self._server._context.wrap_socket(self._line, server_side=True)
        self._file.close()
        self._file = self._line.makefile("rb")
        self._secured = True

    def _say(self, answer: str) -> None:
        self._line.sendall(answer.encode() + b"\r\n")

    def _read(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise Cut
        return line[:-2]


def certificate(folder: Path, *, name: str = "127.0.0.1") -> Path:
    """A key and a certificate for an address of this machine, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail server of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path
