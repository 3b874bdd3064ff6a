"""Requests to an InfluxDB server through influxdb-client; its errors and the network's become StoreError."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ssl import SSLCertVerificationError
from typing import Any, Literal
from urllib.parse import urlsplit

from domain.errors import StoreError
from store.influx_refusals import world_trouble

Dialect = Literal["v1", "v2", "v3"]
#: name of what `beside` leads to
KEPT = "kept"
_PIECE = 2**22  # bytes of an answer handed on at a time


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is and who we are there; secrets never enter a URL (access logs keep those)."""

    url: str
    dialect: Dialect
    database: str  # v2: the bucket
    org: str = ""
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    timeout_s: float = 10.0
    gzip: bool = True
    policy: str = ""  # v1: the retention policy; "" = the database's default one

    def beside(self) -> Address:
        """Return where `wastenot init` keeps what outlives the readings: a policy, bucket or database."""
        if self.dialect == "v1":
            return replace(self, policy=KEPT)
        return replace(self, database=f"{self.database}_{KEPT}")


def is_local(url: str) -> bool:
    """Return whether the server is on this machine, where packing costs more than it saves.

    >>> is_local("http://127.0.0.1:8086"), is_local("http://influxdb:8086")
    (True, False)
    """
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def connect(address: Address, token: str, headers: Mapping[str, str]) -> Any:
    """Return an influxdb-client with our credentials; nothing is sent yet.

    A silent server is given up after `timeout_s`: connecting, sending and the wait for the first byte
    together, then each wait for more.
    """
    from influxdb_client.client.influxdb_client import InfluxDBClient  # 1 to 3 s to import

    client: Any = InfluxDBClient(address.url, org=address.org, timeout=round(address.timeout_s * 1000))
    for name, value in {**_authorization(address, token), **headers}.items():
        client.api_client.set_default_header(name, value)
    return client


def ask(client: Any, path: str, form: Sequence[tuple[str, str]], *, accept: str, packed: bool) -> Any:
    """Return the open answer (urllib3) to a form sent to the server; 2xx, not read yet."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": accept,
        "Accept-Encoding": "gzip" if packed else "identity",
    }
    return client.api_client.call_api(
        path, "POST", header_params=headers, post_params=list(form), _preload_content=False,
        _return_http_data_only=True,
    )  # fmt: skip


def ask_json(client: Any, path: str, body: Mapping[str, str], *, accept: str) -> Any:
    """Return the open answer (urllib3) to a JSON object sent to the server; 2xx, not read yet."""
    headers = {"Content-Type": "application/json", "Accept": accept}
    return client.api_client.call_api(
        path, "POST", header_params=headers, body=dict(body), _preload_content=False,
        _return_http_data_only=True,
    )  # fmt: skip


def pieces(answer: Any) -> Iterator[bytes]:
    """Yield an open answer's body, unpacked; the connection goes back, or is closed if not read.

    InfluxDB sends a chunk for every series; handed on one by one, parsing them takes 20 times longer.
    """
    held = bytearray()
    try:
        for chunk in answer.stream(_PIECE, decode_content=True):
            held += chunk
            if len(held) >= _PIECE:
                yield bytes(held)
                held.clear()
        yield bytes(held)
    except BaseException:
        answer.close()
        raise
    finally:
        answer.release_conn()


@contextmanager
def told(url: str) -> Iterator[None]:
    """Raise StoreError for everything that can go wrong between us and the server."""
    from influxdb_client.rest import ApiException
    from urllib3.exceptions import HTTPError, LocationValueError, SSLError

    try:
        yield
    except ApiException as error:
        if not error.status:  # the client's word for a failed TLS handshake
            raise _tls_trouble(url, error) from error
        raise world_trouble(error.status, body_text(error.body), error.headers or {}, url) from error
    except SSLError as error:
        raise _tls_trouble(url, error) from error
    except (HTTPError, OSError) as error:
        wrong = isinstance(error, LocationValueError)
        raise StoreError(f"{url} cannot be reached: {error}", retryable=not wrong) from error
    except UnicodeDecodeError as error:  # the client insists on UTF-8; a proxy's error page need not be
        raise StoreError(f"{url} answers with something that is not text", retryable=True) from error


def body_text(body: str | bytes | None) -> str:
    """Return an error's body as text, whatever it is.

    >>> body_text(b"caf\\xe9"), body_text(None)
    ('caf\ufffd', '')
    """
    return body.decode(errors="replace") if isinstance(body, bytes) else body or ""


def _tls_trouble(url: str, error: Exception) -> StoreError:
    """Return what a failed TLS handshake means: an unknown certificate stays unknown."""
    cause = error.__context__ or error
    unknown = isinstance(cause, SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error)
    return StoreError(f"{url} cannot be reached over TLS: {error}", retryable=not unknown)


def _authorization(address: Address, token: str) -> dict[str, str]:
    """Return the Authorization header; `Token`, because 2.x takes no `Bearer` on /query."""
    if token:
        return {"Authorization": f"Token {token}"}
    if address.username:
        pair = b64encode(f"{address.username}:{address.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}
