"""What the measurements and the interoperability tests stand on: a certificate authority, servers, product files.

Everything listens on loopback or inside a network namespace made for the run, on a free port, below a directory of
the caller's, and ends with its context manager; a server also ends when the process that started it dies.
"""
