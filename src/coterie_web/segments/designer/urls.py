"""Below `segments/<uuid:segment_id>/`."""

from django.urls import path

from coterie_web.segments.designer import pages

urlpatterns = [path("", pages.definition, name="definition")]
