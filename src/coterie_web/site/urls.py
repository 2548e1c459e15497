from django.urls import include, path

from coterie_web.site.health import healthz
from coterie_web.site.metrics import metrics

urlpatterns = [
    path("", include("coterie_web.segments.urls")),
    path("", include("coterie_web.accounts.urls")),
    path("", include("coterie_web.catalogs.urls")),
    path("", include("coterie_web.search.urls")),
    path("", include("coterie_web.contacts.urls")),
    path("api/v1/", include("coterie_web.api.urls")),
    path("", include("coterie_web.data.urls")),
    path("", include("coterie_web.demo.urls")),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "coterie_web.ui.errors.bad_request"
handler403 = "coterie_web.ui.errors.permission_denied"
handler404 = "coterie_web.ui.errors.not_found"
handler500 = "coterie_web.ui.errors.server_error"
