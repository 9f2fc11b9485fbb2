"""External data sets that can be searched for the things we know."""
