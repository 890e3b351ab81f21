"""`python -m monitor` is the command `quarantine`: how the parent starts its children, wherever the script is installed."""

import gc


def main() -> None:
    """Entry point of the console script and of each child."""
    # Rounds, ticks and pages make thousands of short-lived rows: looking through them for cycles every 700 cost a fifth of the time.
    # What is imported here makes as many objects that stay, and takes a quarter longer when they are looked through again and again.
    gc.set_threshold(50_000, 20, 50)
    from monitor.service.cli import main as command

    command()


if __name__ == "__main__":
    main()
