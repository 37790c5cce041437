"""Threads: the operating system's own beside eventlet's green ones, admission control, and repairs of eventlet."""
