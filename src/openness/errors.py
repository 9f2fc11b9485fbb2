"""The errors that a user can meet: what is wrong, where, and what to do.

Each class carries the exit code that the command line ends with. They are caught once, in
:mod:`openness.cli.main`.
"""

from __future__ import annotations

from typing import ClassVar, Final


class OpennessError(Exception):
    """Anything that Openness itself reports; the message is one line for a person."""

    exit_code: ClassVar[int] = 4


class UsageError(OpennessError):
    """The request is not well formed: a wrong option, value, query text or file content."""

    exit_code = 2


class QuerySyntaxError(UsageError):
    """The text is not SPARQL; the message names line and column."""


class QueryTooComplexError(UsageError):
    """The query is longer or more deeply nested than an engine survives."""


class BindingError(UsageError):
    """A value cannot stand where the query uses its parameter."""


class BrokenFileError(UsageError):
    """A file that was given cannot be parsed."""


class NotFoundError(OpennessError):
    """There is no such thing, query or file; the message names the nearest ones."""

    exit_code = 3


class EngineError(OpennessError):
    """The SPARQL engine, the network or the disk failed."""

    exit_code = 4


class NetworkError(EngineError):
    """Somebody else's service cannot be reached, is busy, or answers what cannot be used."""


class QueryTimeoutError(EngineError):
    """A query ran longer than it was allowed to."""


_NEAR: Final = 0.8
"""How alike two words must be, from 0 to 1, for one to be offered in place of the other."""


def did_you_mean(wrong: str, known: list[str], limit: int = 3) -> str:
    """Return a phrase that names the known words nearest to a wrong one, or nothing.

    Args:
        wrong: what the user wrote.
        known: the right words to choose from.
        limit: how many to name at most.
    """
    from rapidfuzz import process, utils
    from rapidfuzz.distance import JaroWinkler

    near = process.extract(
        wrong,
        known,
        scorer=JaroWinkler.normalized_similarity,
        processor=utils.default_process,
        limit=limit,
        score_cutoff=_NEAR,
    )
    return f" Did you mean {' or '.join(word for word, _, _ in near)}?" if near else ""
