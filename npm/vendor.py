"""Copies what the pages need from npm's packages into web/static/vendor: npm ci && python npm/vendor.py

VENDOR.toml beside the files says what they are; tests/web/test_vendor.py checks the files against it.
"""

from __future__ import annotations

import json
from hashlib import sha512
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parent / "web" / "static" / "vendor"
#: package -> file in it -> name here
FILES = {
    "htmx.org": {
        "dist/htmx.min.js": "htmx.min.js",
        "dist/ext/hx-sse.min.js": "hx-sse.min.js",
        "LICENSE": "htmx.LICENSE.txt",
    },
    "uplot": {
        "dist/uPlot.iife.min.js": "uPlot.iife.min.js",
        "dist/uPlot.min.css": "uPlot.min.css",
        "LICENSE": "uPlot.LICENSE.txt",
    },
}


def main() -> None:
    """Copy the files and write what they are."""
    lock = json.loads((HERE / "package-lock.json").read_text())["packages"]
    OUT.mkdir(parents=True, exist_ok=True)
    lines = ["# Made by npm/vendor.py: what stands here, as it was published.", ""]
    for package, files in FILES.items():
        entry = lock[f"node_modules/{package}"]
        lines += [
            "[[package]]",
            f'name = "{package}"',
            f'version = "{entry["version"]}"',
            f'licence = "{entry["license"]}"',
            f'integrity = "{entry["integrity"]}"',
            "[package.sha512]",
        ]
        for inside, name in files.items():
            content = _without_map((HERE / "node_modules" / package / inside).read_bytes())
            (OUT / name).write_bytes(content)
            lines.append(f'"{name}" = "{sha512(content).hexdigest()}"')
        lines.append("")
    (OUT / "VENDOR.toml").write_text("\n".join(lines))


def _without_map(content: bytes) -> bytes:
    """Return a script without the line that names its source map, which is not copied."""
    kept = [line for line in content.split(b"\n") if not line.startswith(b"//# sourceMappingURL=")]
    return b"\n".join(kept)


if __name__ == "__main__":
    main()
