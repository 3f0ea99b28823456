"""Evaluation: items whose answers can be checked, verifiers that check the thing asked, and the run over them."""
