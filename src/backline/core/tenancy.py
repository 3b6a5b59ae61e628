"""Which views are reachable without signing in. Every other view asks for a person first.

``LoginRequiredMiddleware`` makes a view private unless it is marked ``login_not_required``; this list says which
marks are meant, and a test compares the two. A name is ``namespace:name`` as the URL configuration has it.
"""

from __future__ import annotations

PUBLIC_VIEWS: frozenset[str] = frozenset(
    {
        # Signing in and up.
        "account_login",
        "account_signup",
        "account_logout",
        "account_confirm_login_code",
        "account_inactive",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account:sign_in_with",
        "account:signed_in_with",
        "socialaccount_login_cancelled",
        "socialaccount_signup",
        "mfa_authenticate",
        "mfa_login_webauthn",
        # The operator's pages lead to the same sign-in.
        "admin:login",
        # An invitation says who invites before it asks to sign in.
        "account:invitation",
        # Figures that an artist shared under an address of their own: read only, no session, ends when they say so.
        "dashboard:shared_report",
        # Anybody may say what is wrong with a public page; nothing is shown.
        "dashboard:report_page",
        # Whether the program lives and can work; balancers ask. Nothing about anybody.
        "healthz",
        "readyz",
        # Figures, guarded by a token; off where none is set.
        "metrics",
        # Guarded by the shared secret instead of a session (PP-53).
        "internal:sweep",
        # A platform sends people back to it; who is signed out meanwhile must not carry the code to the sign-in page.
        "connections:callback",
        # Outside services call these by themselves; each delivery is signed.
        "webhooks:meta_deauthorize",
    }
)
