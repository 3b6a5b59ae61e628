"""Settings: the person's own, the artist's, the organization's; teams, invitations and logs."""
