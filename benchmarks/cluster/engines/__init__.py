"""The classifier on engines for one machine, beside Ray Serve and beside none."""
