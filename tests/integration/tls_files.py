"""A certificate authority of the test's own, with a server's and a client's certificate."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.servers.packages import require


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: `ca`, and for server and client a certificate and a key (PKCS #8)."""

    ca: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path

    def server_chain(self) -> Path:
        """Key and certificate in one file, as Kafka's PEM key store wants them."""
        chain = self.server_key.with_name("server-chain.pem")
        chain.write_text(self.server_key.read_text() + self.server_cert.read_text())
        return chain


def make_tls_files(folder: Path) -> TlsFiles:
    """Make everything with openssl; valid for 127.0.0.1 and a day."""
    _openssl(
        folder,
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test-ca"),
        *("-keyout", "ca.key", "-out", "ca.pem"),
    )
    for name in ("server", "client"):
        _openssl(
            folder,
            *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        (folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1\n")
        _openssl(
            folder,
            *("x509", "-req", "-days", "1", "-in", f"{name}.csr", "-CA", "ca.pem"),
            *("-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext"),
            *("-out", f"{name}.pem"),
        )
    return TlsFiles(
        folder / "ca.pem",
        folder / "server.pem",
        folder / "server.key",
        folder / "client.pem",
        folder / "client.key",
    )


def _openssl(folder: Path, *arguments: str) -> None:
    program = require("openssl", "openssl")
    subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)
