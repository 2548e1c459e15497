from django.apps import AppConfig


class Demo(AppConfig):
    name = "coterie_web.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"
