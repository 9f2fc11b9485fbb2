"""`python -m openness` is `openness`."""

from openness.cli.main import main

main()
