"""Below `/api/v1/`."""

from django.urls import path

from coterie_web.api.v1 import api

urlpatterns = [path("", api.urls)]
