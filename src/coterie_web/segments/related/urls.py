"""`segments/<uuid:segment_id>/related/`."""

from django.urls import path

from coterie_web.segments.related import pages

urlpatterns = [path("", pages.related, name="related")]
