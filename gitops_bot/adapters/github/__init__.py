"""GitHub's REST API: requests, retries, refusals, and the adapter."""
