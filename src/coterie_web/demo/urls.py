from django.urls import path

from coterie_web.demo import pages

app_name = "demo"
urlpatterns = [path("data/stream/", pages.switch, name="switch")]
