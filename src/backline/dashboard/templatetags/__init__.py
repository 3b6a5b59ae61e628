"""What the dashboard's templates can say."""
