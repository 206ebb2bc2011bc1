"""``python -m tillside`` is the same as ``tillside``."""

from tillside.cli import main

main(prog_name="tillside")
