"""Renew `requirements.lock` and `requirements-dev.lock` from `pyproject.toml`, and
`requirements-outside.lock` from `outside.in`.

`requirements.lock` is what running clipper needs, and setuptools to install it;
`requirements-dev.lock` holds that and what the tests need, at the same versions;
`requirements-outside.lock` the tools of others that the archive is tested with.
Every package is pinned with its hashes, for all platforms; no index host is named, so
that the reader's own pip settings decide where packages come from.

usage: make lock   (needs the `uv` resolver: `pip install uv`)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMON = [
    "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url",
]  # fmt: skip
LOCKS: dict[str, list[str]] = {
    "requirements.lock": ["pyproject.toml", "--group", "build"],
    "requirements-dev.lock": [
        "pyproject.toml",
        "--group",
        "build",
        "--group",
        "dev",
        "-c",
        "requirements.lock",
    ],
    "requirements-outside.lock": ["outside.in"],
}


def main(arguments: list[str]) -> int:
    """Write the lock files; `--upgrade` takes the newest versions instead of keeping the old."""
    for name, options in LOCKS.items():
        subprocess.run([*COMMON, *options, *arguments, "-o", name], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
