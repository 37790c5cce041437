"""Pure logic: numpy and the standard library; no clock, no I/O, no Flask, no global randomness."""
