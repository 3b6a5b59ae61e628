"""What every room may lean on: clock, ids, money, errors, jobs, http, crypto, transitions, audit."""
