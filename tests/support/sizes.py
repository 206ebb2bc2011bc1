"""Prints the files that grow towards the limit, longest first: rooms that may soon want to be two."""

from tests.support.source import files, name, text

NOTICE = 300


def main() -> None:
    long = sorted(((text(path).count("\n"), name(path)) for path in files(".py", ".ts", ".html", ".css")), reverse=True)
    for count, path in (entry for entry in long if entry[0] > NOTICE):
        print(f"{count:5d}  {path}")


if __name__ == "__main__":
    main()
