"""Control points (điểm kiểm dịch): places where people are scanned in and out, their codes, stays and occupancy."""
