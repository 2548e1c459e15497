from django.apps import AppConfig


class Ingest(AppConfig):
    name = "coterie_web.ingest"
    label = "ingest"
    default_auto_field = "django.db.models.BigAutoField"
