"""A private certificate authority, made with the openssl command."""

import ssl
import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """Issues certificates; `file` is its own, which whoever trusts it must have."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self._directory = directory
        self.file = directory / "ca.pem"
        self._openssl(
            "req", "-x509", *_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", "-days", "2"
        )

    def server(self, host: str = "IP:127.0.0.1", days: int = 2) -> ssl.SSLContext:
        """What a server needs to be `host` for so many days; a negative number is a certificate that has expired."""
        name = f"server{len(list(self._directory.iterdir()))}"
        subject = ("-subj", "/CN=Test server", "-addext", f"subjectAltName={host}")
        self._openssl("req", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", *subject)
        signer = (
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-copy_extensions",
            "copy",
            "-days",
            f"{days}",
        )
        self._openssl("x509", "-req", "-in", f"{name}.csr", *signer, "-out", f"{name}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        return context

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._directory, check=True, capture_output=True)
