"""Reruns: what a recorded user did, done again with other engines, and how that compares."""
