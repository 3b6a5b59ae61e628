"""An artist's billing: which managed-advertising plan there is, and who sets it."""
