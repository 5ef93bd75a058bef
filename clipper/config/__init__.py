"""The config: one file, `sources.yaml`, valid as a whole or refused with all its problems.

    bytes -> nodes (bounded, with lines) -> reader (the schema) -> build (what lies across keys)
          -> Config, or ConfigError with every Problem

`load` reads a file, `loads` a text that is not saved yet, `template` is what
`clipper init` writes, `secret` takes a secret from the environment.
`python -m clipper.config` prints the reference page of all keys.
"""

from clipper.config.loading import DATA_NAME, FILE_NAME, load, loads
from clipper.config.reference import reference
from clipper.config.secret import Secret, secret
from clipper.config.starter import template
from clipper.config.values import Config, Network, Site

__all__ = [
    "DATA_NAME",
    "FILE_NAME",
    "Config",
    "Network",
    "Secret",
    "Site",
    "load",
    "loads",
    "reference",
    "secret",
    "template",
]
