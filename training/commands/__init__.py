"""The commands of `python -m training`, one module each: it declares its arguments and does what they ask."""
