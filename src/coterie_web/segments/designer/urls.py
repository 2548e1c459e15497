"""Below `segments/<uuid:segment_id>/`."""

from django.urls import path

from coterie_web.segments.designer import pages, people, suggestions, text
from coterie_web.segments.designer.explaining import pages as explaining

urlpatterns = [
    path("", pages.definition, name="definition"),
    path("counts/", pages.counts, name="counts"),
    path("against-live/", people.against_live, name="against-live"),
    path("people/", people.people, name="people"),
    path("values/", suggestions.values, name="values"),
    path("contact-names/", suggestions.contact_names, name="contact-names"),
    path("text/", text.text, name="text"),
    path("check/", explaining.check, name="check-contact"),
]
