"""Addresses of boards and issues. A project's key is in capitals, so that none of them meets another page's address."""

from django.urls import path

import projects.converters  # noqa: F401 (registers <key:…>)
from issues.views import (
    board,
    bulk,
    columns,
    creation,
    editing,
    filters,
    frommessage,
    issues,
    lists,
    moving,
    search,
    trash,
    watching,
)

app_name = "issues"
urlpatterns = [
    path("<key:key>/", board.board_page, name="board"),
    path("<key:key>/board/changes/", board.board_changes, name="board-changes"),
    path("<key:key>/board/<slug:slug>/", board.board_column, name="board-column"),
    path("<key:key>/filters/", filters.filters, name="filters"),
    path("<key:key>/issues/new/", creation.issue_create, name="issue-create"),
    path("<key:key>/settings/workflow/<slug:slug>/remove/", columns.state_remove, name="state-remove"),
    path("<key:key>/settings/labels/<int:pk>/remove/", columns.label_remove, name="label-remove"),
    path("<key:key>-<int:number>/card/", board.issue_card, name="issue-card"),
    path("<key:key>-<int:number>/move/", moving.issue_move, name="issue-move"),
    path("<key:key>-<int:number>/moves/", moving.issue_moves, name="issue-moves"),
    path("<key:key>-<int:number>/", issues.issue_detail, name="issue-detail"),
    path("<key:key>-<int:number>/edit/", editing.issue_edit, name="issue-edit"),
    path("<key:key>-<int:number>/pick/<slug:field>/", editing.issue_pick, name="issue-pick"),
    path("<key:key>-<int:number>/history/<int:seq>/", issues.issue_change, name="issue-change"),
    path("<key:key>-<int:number>/watch/", watching.issue_watch, name="issue-watch"),
    path("<key:key>-<int:number>/delete/", trash.issue_delete, name="issue-delete"),
    path("<key:key>-<int:number>/restore/", trash.issue_restore, name="issue-restore"),
    path("<key:key>/messages/<int:message>/issue/", frommessage.message_issue, name="message-issue"),
    path("<key:key>/issues/", lists.issue_list_page, name="list"),
    path("<key:key>/issues/bulk/", bulk.bulk, name="bulk"),
    path("<key:key>/trash/", trash.trash, name="trash"),
    path("search/", search.search_page, name="search"),
    path("my/", search.mine, name="mine"),
    path("palette/", search.palette, name="palette"),
]
