"""A generator's rows within a fit: time, measurement, share."""
