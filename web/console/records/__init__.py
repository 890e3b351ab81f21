"""Pages about records: the trail, accounts, retention, requests, consent."""
