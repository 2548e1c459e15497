"""Below `segments/<uuid:segment_id>/members/`."""

from django.urls import path, register_converter

from coterie_web.segments.membership import export_pages, found_pages, hand_pages, pages
from coterie_web.segments.membership.converters import CauseConverter, DirectionConverter

register_converter(CauseConverter, "cause")
register_converter(DirectionConverter, "direction")

urlpatterns = [
    path("", pages.members, name="members"),
    path("changes/", pages.log, name="changes"),
    path("changes/<int:publication>/<cause:cause>/<direction:direction>/", pages.changed, name="changed"),
    path("add/", hand_pages.add, name="add-members"),
    path("remove/", hand_pages.remove, name="remove-members"),
    path("query/", found_pages.query, name="query"),
    path("upload/", found_pages.upload, name="upload"),
    path("found/<str:token>/", found_pages.found, name="found"),
    path("found/<str:token>/not-found.csv", found_pages.not_found, name="not-found"),
    path("export/", export_pages.export, name="export"),
    path("day/<direction:direction>/", pages.day, name="day"),
]
