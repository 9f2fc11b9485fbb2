"""`openness link`: links to external data sets."""

from __future__ import annotations

import typer

from openness.cli import link_check, link_propose, link_review

app = typer.Typer(
    help="Propose, review and check links to external linked data.", no_args_is_help=True
)
app.command("propose")(link_propose.propose)
app.command("review")(link_review.review)
app.command("check")(link_check.check)
