from django.urls import path

from coterie_web.catalogs import pages

app_name = "catalogs"
urlpatterns = [
    path("settings/organization/", pages.organization, name="organization"),
    path("settings/units/found/", pages.units_found, name="units-found"),
]
