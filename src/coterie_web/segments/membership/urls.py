"""Below `segments/<uuid:segment_id>/members/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
