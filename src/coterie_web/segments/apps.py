from django.apps import AppConfig


class Segments(AppConfig):
    name = "coterie_web.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from coterie_web.accounts.scopes import follow_scopes
        from coterie_web.segments.waking import live_set_changed

        follow_scopes(live_set_changed)
