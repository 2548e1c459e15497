from django.urls import path

from coterie_web.accounts import pages

app_name = "accounts"
urlpatterns = [
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-in/<str:secret>/", pages.sign_in_by_link, name="sign-in-by-link"),
    path("sign-out/", pages.SignOut.as_view(), name="sign-out"),
]
