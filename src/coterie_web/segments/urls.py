from django.urls import path

from coterie_web.segments import pages

app_name = "segments"
urlpatterns = [
    path("", pages.home, name="home"),
    path("segments/", pages.segments, name="list"),
    path("segments/<uuid:segment_id>/", pages.definition, name="definition"),
]
