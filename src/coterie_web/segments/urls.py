from django.urls import include, path

from coterie_web.segments.listing import pages

app_name = "segments"
urlpatterns = [
    path("", pages.home, name="home"),
    path("segments/", include("coterie_web.segments.listing.urls")),
    path("segments/", include("coterie_web.segments.starting.urls")),
    path("segments/<uuid:segment_id>/", include("coterie_web.segments.designer.urls")),
    path("segments/<uuid:segment_id>/", include("coterie_web.segments.lifecycle.urls")),
    path("segments/<uuid:segment_id>/general/", include("coterie_web.segments.details.urls")),
    path("segments/<uuid:segment_id>/members/", include("coterie_web.segments.membership.urls")),
    path("segments/<uuid:segment_id>/related/", include("coterie_web.segments.related.urls")),
    path("segments/<uuid:segment_id>/versions/", include("coterie_web.segments.versions.urls")),
]
