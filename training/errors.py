"""The one exception that a person at the command line sees as a sentence instead of a traceback."""


class TrainingError(Exception):
    """Something outside the code is wrong: a file, a folder, a setting. The message says what to do."""
