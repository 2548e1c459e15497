from django.urls import path

from coterie_web.accounts.pages import history, passwords, people, preferences, sign_in, tokens, units

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in_page, name="sign-in"),
    path("sign-in/<str:secret>/", sign_in.sign_in_by_link, name="sign-in-by-link"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("forgotten/", sign_in.forgotten, name="forgotten"),
    path("welcome/", passwords.welcome, name="welcome"),
    path("settings/", preferences.preferences, name="preferences"),
    path("settings/theme/", preferences.theme, name="theme"),
    path("settings/password/", passwords.password, name="password"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite/", people.invite_person, name="invite"),
    path("settings/people/<uuid:person_id>/", people.person, name="person"),
    path("settings/people/<uuid:person_id>/link/", people.make_link, name="make-link"),
    path("settings/people/<uuid:person_id>/deactivate/", people.deactivate_person, name="deactivate"),
    path("settings/people/<uuid:person_id>/reactivate/", people.reactivate_person, name="reactivate"),
    path("settings/units/", units.units, name="units"),
    path("settings/units/new/", units.new_unit, name="new-unit"),
    path("settings/units/<uuid:unit_id>/", units.unit, name="unit"),
    path("settings/units/<uuid:unit_id>/remove/", units.remove, name="remove-unit"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke/", tokens.revoke, name="revoke-token"),
    path("settings/history/", history.history, name="history"),
]
