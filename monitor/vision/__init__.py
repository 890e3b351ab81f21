"""What pictures show: arrays in, findings out. No database, no network, no clock."""
