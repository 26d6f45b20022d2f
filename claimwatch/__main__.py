"""`python -m claimwatch` is `claimwatch`."""

from claimwatch.cli.app import main

if __name__ == "__main__":  # spawned pool processes import this module under another name
    main()
