"""The demo's sample: synthetic studies of invented patients, with identifiers planted in every corner."""

from shared.local.sample.files import Sample, make_sample

__all__ = ["Sample", "make_sample"]
