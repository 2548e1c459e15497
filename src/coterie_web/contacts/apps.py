from django.apps import AppConfig


class Contacts(AppConfig):
    name = "coterie_web.contacts"
    label = "contacts"
