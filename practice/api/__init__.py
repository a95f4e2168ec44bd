"""Mastodon's client API, one file a part of it."""
