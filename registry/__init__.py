"""Who we are: the city's accounts, offices, staff and agreed words."""
