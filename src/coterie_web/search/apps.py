from django.apps import AppConfig


class Search(AppConfig):
    name = "coterie_web.search"
    label = "search"
