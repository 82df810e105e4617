"""The wing that tells beforehand what a controller would reach: recorded data, hindsight."""
