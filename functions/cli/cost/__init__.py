"""`airlock cost`: what a million instances cost, from counted operations and measured CPU."""
