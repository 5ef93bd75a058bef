"""Secrets: from the environment, or from a file that it names; never from the config."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clipper.errors import ConfigError, Problem

_MAX_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's value, which no representation shows, and a warning about its file or ""."""

    value: str = field(repr=False)
    warning: str = ""

    def __str__(self) -> str:
        return "(secret)"


def secret(name: str, env: Mapping[str, str] | None = None) -> Secret:
    """The secret in the variable `name`, or in the file that `name` + `_FILE` names.

    Raises `ConfigError` that names the variable, when neither is set, both are, or the
    file can't serve. A file that others may read is used, with a warning.
    """
    environ = os.environ if env is None else env
    value, file = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and file:
        raise _error(f"{name} and {name}_FILE are both set.", "Unset one of the two.")
    if value:
        return Secret(value)
    if file:
        return _from_file(f"{name}_FILE", Path(file).expanduser())
    raise _error(
        f"the secret {name} is not set.",
        f"Set the environment variable {name}, or {name}_FILE to a file that holds it.",
    )


def _from_file(variable: str, path: Path) -> Secret:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise _error(f"{variable} names {path}, which is no file.")
        with path.open("rb") as file:
            value = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _error(f"{variable} names {path}, which can't be read ({reason}).") from None
    return Secret(_text(variable, path, value), _warning(path, mode))


def _text(variable: str, path: Path, value: bytes) -> str:
    if len(value) > _MAX_BYTES:
        raise _error(f"{variable} names {path}, which is too large for a secret.")
    try:
        text = value.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        # `from None`: the error's own text would show bytes of the secret.
        raise _error(f"{variable} names {path}, which is no text.") from None
    if not text:
        raise _error(f"{variable} names {path}, which is empty.")
    return text


def _warning(path: Path, mode: int) -> str:
    if not mode & (stat.S_IRGRP | stat.S_IROTH):
        return ""
    return f"{path} holds a secret, and others on this machine may read it. Type: chmod 600 {path}"


def _error(text: str, remedy: str = "") -> ConfigError:
    return ConfigError((Problem(file="environment", line=0, path="", text=text, remedy=remedy),))
