"""What is handed out to be run elsewhere: one file that verifies receipts and needs no Steelyard."""
