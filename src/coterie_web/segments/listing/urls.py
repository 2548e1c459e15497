"""`segments/`."""

from django.urls import path

from coterie_web.segments.listing import pages

urlpatterns = [
    path("", pages.segments, name="list"),
    path("bulk/", pages.bulk, name="bulk"),
]
