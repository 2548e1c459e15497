from django.urls import path

from coterie_web.search import pages

app_name = "search"
urlpatterns = [path("search/", pages.search, name="search")]
