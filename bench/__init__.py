"""The figures of docs/speed.md, measured: `make bench`. Never timed inside the test suite."""
