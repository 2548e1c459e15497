from django.urls import include, path

from coterie_web.site.health import healthz

urlpatterns = [
    path("", include("coterie_web.segments.urls")),
    path("", include("coterie_web.accounts.urls")),
    path("", include("coterie_web.contacts.urls")),
    path("healthz", healthz, name="healthz"),
]
