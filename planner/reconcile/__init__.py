"""Where this model differs from published ones on purpose: each published figure walked to ours, line by line."""
