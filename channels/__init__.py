"""The networks the city is on: one file each, and the mail. What differs between them is said here."""
