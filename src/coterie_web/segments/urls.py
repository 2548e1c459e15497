from django.urls import include, path

from coterie_web.segments import pages

app_name = "segments"
urlpatterns = [
    path("", pages.home, name="home"),
    path("segments/", pages.segments, name="list"),
    path("segments/<uuid:segment_id>/", include("coterie_web.segments.designer.urls")),
    path("segments/<uuid:segment_id>/members/", include("coterie_web.segments.membership.urls")),
]
