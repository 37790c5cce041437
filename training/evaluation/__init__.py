"""How good a model is: metrics, calibration, and what its decisions rest on."""
