from django.apps import AppConfig


class Catalogs(AppConfig):
    name = "coterie_web.catalogs"
    label = "catalogs"
