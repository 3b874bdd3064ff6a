"""nginx in front of influxd 1.x, so that clients of the 2.x write path meet a real engine."""

from __future__ import annotations

import os
from pathlib import Path

from tests.servers.process import ServerProcess, free_port, need


def start_nginx(folder: Path, upstream_port: int, *, max_body: str = "25m") -> ServerProcess:
    """Return a running nginx: /api/v2/write?bucket=D&precision=us becomes /write?db=D&precision=u.

    /health becomes /ping, everything else goes through as it is. The caller stops it.
    """
    program, port = need("nginx"), free_port()
    config = folder / "nginx.conf"
    config.write_text(_config(folder, port, upstream_port, max_body), encoding="utf-8")
    server = ServerProcess([program, "-c", str(config), "-e", str(folder / "error.log")], port, folder)
    server.start()
    return server


def _config(folder: Path, port: int, upstream_port: int, max_body: str) -> str:
    temporary = "\n".join(
        f"  {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # else it gives up the right to its own folder
    return f"""
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
  access_log off;
{temporary}
  client_max_body_size {max_body};
  map $arg_precision $v1_precision {{ default n; ns n; us u; ms ms; s s; }}
  upstream influxd {{ server 127.0.0.1:{upstream_port}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    location = /api/v2/write {{
      rewrite ^ /write?db=$arg_bucket&precision=$v1_precision? break;
      proxy_pass http://influxd;
    }}
    location = /health {{ rewrite ^ /ping break; proxy_pass http://influxd; }}
    location / {{ proxy_pass http://influxd; }}
  }}
}}
"""
