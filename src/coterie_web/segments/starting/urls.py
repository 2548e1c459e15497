"""`segments/new/`, and templates."""

from django.urls import path

from coterie_web.segments.starting import pages

urlpatterns = [
    path("new/", pages.new, name="new"),
    path("new/dynamic/", pages.choose, name="choose-template"),
    path("templates/<uuid:template_id>/delete/", pages.remove_template, name="delete-template"),
    path("<uuid:segment_id>/save-as-template/", pages.template_of, name="save-as-template"),
]
