"""The program's door: nothing of ours is imported before it is sure that our packages are ours.

`claimwatch` and `python -m claimwatch` both start here.
"""

from __future__ import annotations

import sys

from claimwatch.selftest import refuse_foreign_packages


def main() -> None:
    """Run the command line and exit."""
    refuse_foreign_packages()
    from claimwatch.cli.app import run  # noqa: PLC0415  only now is it known to be ours

    sys.exit(run())


if __name__ == "__main__":  # spawned pool processes import this module under another name
    main()
