"""What tools/fuzz.py runs: sound files of every format, the many ways to damage one, and a process that watches each be read."""
