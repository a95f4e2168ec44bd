"""Decisions on plain values: no clock, no input, no output."""
