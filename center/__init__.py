"""The center's web: pages for staff, and the public page of each case."""
