"""CAP 1.2, the Common Alerting Protocol: taken in as drafts, given out as files and a feed."""
