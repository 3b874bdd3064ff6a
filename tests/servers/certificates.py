"""Certificates made for a test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.servers.process import need


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A folder with an authority, a server certificate for 127.0.0.1 and a client certificate."""
    folder = tmp_path / "tls"
    folder.mkdir()
    openssl = need("openssl")

    def run(*words: str) -> None:
        subprocess.run([openssl, *words], cwd=folder, check=True, capture_output=True)

    def signed(name: str) -> None:
        run("req", *f"-newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr".split())
        files = f"-in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile san -out {name}.crt"
        run("x509", "-req", "-days", "2", *files.split())

    authority = "-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt -addext"
    run("req", *authority.split(), "keyUsage=critical,keyCertSign,cRLSign")
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    signed("server")
    signed("client")
    return folder
