from django.urls import path

from coterie_web.data import pages

app_name = "data"
urlpatterns = [
    path("data/", pages.overview, name="overview"),
    path("data/set-aside/", pages.decide, name="set-aside"),
]
