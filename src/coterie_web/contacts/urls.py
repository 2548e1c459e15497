from django.urls import path, register_converter

from coterie_web.contacts import pages
from coterie_web.contacts.keys import KeyConverter

register_converter(KeyConverter, "contact_key")

app_name = "contacts"
urlpatterns = [
    path("contacts/", pages.contacts, name="list"),
    path("contacts/<contact_key:key>/", pages.contact, name="contact"),
    path("contacts/<contact_key:key>/check/", pages.check, name="check"),
]
