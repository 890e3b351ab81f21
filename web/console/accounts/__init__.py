"""Accounts: entering with a second factor or an invitation, one's own account, and everybody's for administrators."""
