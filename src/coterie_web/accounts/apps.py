from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class Accounts(AppConfig):
    name = "coterie_web.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let nobody but `signing_in` write when somebody came in: Django would by the machine's clock."""
        user_logged_in.disconnect(dispatch_uid="update_last_login")
