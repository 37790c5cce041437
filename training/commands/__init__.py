"""The commands of `python -m training`: each module declares the arguments of a few and does what they say."""
