"""Personal data replaced by placeholders before text leaves the machine, and put back afterwards."""
