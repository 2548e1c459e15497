"""The commands, below `segments/<uuid:segment_id>/`."""

from django.urls import path

from coterie_web.segments.lifecycle import pages
from coterie_web.segments.membership.changes import Direction

urlpatterns = [
    path("head/", pages.head, name="head"),
    path("go-live/", pages.press_go_live, name="go-live"),
    path("edit/", pages.press_edit, name="edit"),
    path("discard/", pages.press_discard, name="discard"),
    path("publish/", pages.press_publish, name="publish"),
    path("stop/", pages.press_stop, name="stop"),
    path("duplicate/", pages.copy, name="duplicate"),
    path("delete/", pages.remove, name="delete"),
    path("problems/", pages.problems, name="problems"),
    path("dry-run/", pages.dry_run, name="dry-run"),
    path("dry-run/entering/", pages.movers, {"direction": Direction.ENTERED}, name="entering"),
    path("dry-run/leaving/", pages.movers, {"direction": Direction.LEFT}, name="leaving"),
    path("definition.yaml", pages.export, name="export-definition"),
]
