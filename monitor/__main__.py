"""`python -m monitor` is the command `quarantine`: how the parent starts its children, wherever the script is installed."""

from monitor.service.cli import main

if __name__ == "__main__":
    main()
