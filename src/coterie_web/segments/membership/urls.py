"""Below `segments/<uuid:segment_id>/members/`."""

from django.urls import path, register_converter

from coterie_web.segments.membership import pages
from coterie_web.segments.membership.converters import CauseConverter, DirectionConverter

register_converter(CauseConverter, "cause")
register_converter(DirectionConverter, "direction")

urlpatterns = [
    path("", pages.members, name="members"),
    path("changes/", pages.log, name="changes"),
    path("changes/<int:publication>/<cause:cause>/<direction:direction>/", pages.changed, name="changed"),
    path("day/<direction:direction>/", pages.day, name="day"),
]
