"""Errors whose text is a sentence for the analyst: what is wrong and what to do next."""

from __future__ import annotations


class SitelightError(Exception):
    """Base of every error that is shown to the analyst; `str(error)` is the whole message."""


class InputError(SitelightError):
    """A file, layer or column cannot be used as it is."""


class StudyError(SitelightError):
    """The study's parameters do not fit each other or the data."""


class Cancelled(SitelightError):
    """The analyst cancelled the run; nothing was written."""
