"""The peers and the process that harness.py offers to the tests."""
