"""The exception that the command line prints as one sentence instead of a traceback."""


class TrainingError(Exception):
    """A file, folder or setting is wrong. The message says what was received and what to do."""
