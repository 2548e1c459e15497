from django.urls import path

from coterie_web.data import pages

app_name = "data"
urlpatterns = [path("data/", pages.overview, name="overview")]
