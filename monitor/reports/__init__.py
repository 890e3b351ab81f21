"""What is counted of zones and days, and how it is added up."""
