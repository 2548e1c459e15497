"""The command line: `coterie …`. Thin, over `coterie.Engine`; `--help` and docs/cli.md say what each command does."""

from coterie.cli.app import app, main

__all__ = ["app", "main"]
