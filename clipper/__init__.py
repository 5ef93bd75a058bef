"""clipper: press clippings for campaigns and non-profits."""

__version__ = "0.1.0"
