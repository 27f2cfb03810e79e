"""Starts the command line: ``python -m steelyard`` and the ``steelyard`` script both end here."""


def main() -> None:
    """Run the command line and leave with its exit code.

    The import waits until it is needed, so that importing this module costs nothing.
    """
    from steelyard.entrypoints.cli import main as run

    run()


if __name__ == "__main__":
    main()
