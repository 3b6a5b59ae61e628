"""TikTok: who an artist is there, and whether their advertiser account is ready. Checks only: nothing is delivered."""
