from django.apps import AppConfig


class Segments(AppConfig):
    name = "coterie_web.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"
