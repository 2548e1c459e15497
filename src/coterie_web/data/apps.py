from django.apps import AppConfig


class Data(AppConfig):
    name = "coterie_web.data"
    label = "data"
