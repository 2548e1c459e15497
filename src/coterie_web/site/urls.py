from django.urls import include, path

from coterie_web.site.health import healthz

urlpatterns = [
    path("", include("coterie_web.segments.urls")),
    path("", include("coterie_web.accounts.urls")),
    path("", include("coterie_web.catalogs.urls")),
    path("", include("coterie_web.search.urls")),
    path("", include("coterie_web.contacts.urls")),
    path("healthz", healthz, name="healthz"),
]

handler400 = "coterie_web.ui.errors.bad_request"
handler403 = "coterie_web.ui.errors.permission_denied"
handler404 = "coterie_web.ui.errors.not_found"
handler500 = "coterie_web.ui.errors.server_error"
