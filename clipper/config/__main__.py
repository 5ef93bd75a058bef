"""`python -m clipper.config` prints the reference page of all keys."""

from __future__ import annotations

import sys

from clipper.config.reference import reference

if __name__ == "__main__":
    sys.stdout.write(reference())
