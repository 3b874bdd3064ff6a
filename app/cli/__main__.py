"""`python -m app.cli`: the command line where no `wastenot` is installed."""

from app.cli import main

if __name__ == "__main__":
    main()
