"""Frozen revisions: a version never imports models."""
