"""What happened: tables, sessions, and the questions we ask of them."""
