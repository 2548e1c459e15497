"""Below `segments/<uuid:segment_id>/versions/`."""

from django.urls import path

from coterie_web.segments.versions import pages

urlpatterns = [
    path("", pages.versions, name="versions"),
    path("<int:number>/load/", pages.load, name="roll-back"),
]
