"""Below `segments/<uuid:segment_id>/general/`."""

from django.urls import path

from coterie_web.segments.details import pages

urlpatterns = [
    path("", pages.general, name="general"),
    path("owner/", pages.give, name="transfer"),
]
