"""What each endpoint does, one file a noun: read, ask a room, commit, shape the answer."""
