"""What the stages need of the world, as protocols; `shared/adapters` has one file a technology."""
