"""What stands in for the cloud and the outside on one machine: servers that speak the real interfaces."""
