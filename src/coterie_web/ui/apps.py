from django.apps import AppConfig


class Ui(AppConfig):
    name = "coterie_web.ui"
    label = "ui"
