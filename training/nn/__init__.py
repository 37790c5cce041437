"""Networks, layers, losses and schedules for Keras: nothing here knows a data set or a run."""
