"""Reports: docs/results, rendered from the results of runs and artifacts, and reports of tuning studies."""
