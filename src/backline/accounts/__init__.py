"""People, organizations, artists, who may do what, invitations."""
