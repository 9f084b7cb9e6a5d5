"""Issues, and the rules about them that PostgreSQL itself keeps."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from config import clock
from issues.enums import Kind, Priority
from issues.triggers import KEEP_ISSUES, WORKFLOW_HOLDS
from notifications.history import append_only
from projects.models import Project, State

TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 64 * 1024
RESOLUTION_LENGTH = 4000
SEARCH_CONFIG = "simple"


class Issue(models.Model):
    """A piece of work. `number` counts within its project without gaps and never changes; `version` counts its saves.

    `label_ids` is an array instead of a join table (docs/adr/0006-labels-as-an-array.md): a trigger keeps it within the
    project's labels. `rank` orders a column; it is compared byte by byte.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="issues")
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    description = models.TextField(_("description"), max_length=DESCRIPTION_LENGTH, blank=True)
    kind = models.CharField(_("type"), max_length=5, choices=Kind, default=Kind.TASK)
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="issues", verbose_name=_("state"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NONE)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="assigned_issues",
        verbose_name=_("assignee"),
        null=True,
        blank=True,
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reported_issues", verbose_name=_("reporter")
    )
    label_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("labels"))
    due_on = models.DateField(_("due date"), null=True, blank=True)
    estimate = models.PositiveSmallIntegerField(
        _("estimate"), null=True, blank=True, validators=[MaxValueValidator(999)]
    )
    resolution = models.TextField(_("resolution note"), max_length=RESOLUTION_LENGTH, blank=True)
    rank = models.CharField(max_length=255, db_collation="C", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config=SEARCH_CONFIG)
        + SearchVector("description", weight="B", config=SEARCH_CONFIG),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    history = HistoricalRecords(excluded_fields=["search"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="issue_number_unique"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="issue_kind_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="issue_priority_known"),
            models.CheckConstraint(condition=~Q(title=""), name="issue_has_title"),
        ]
        indexes = [
            models.Index(fields=["state", "rank"], name="issue_board", condition=Q(deleted_at__isnull=True)),
            models.Index(F("project"), F("updated_at").desc(), name="issue_list", condition=Q(deleted_at__isnull=True)),
            # For a common word PostgreSQL walks the newest issues until a page is full, and sorts nothing.
            models.Index(F("updated_at").desc(), name="issue_recent", condition=Q(deleted_at__isnull=True)),
            models.Index(fields=["assignee", "state"], name="issue_assignee", condition=Q(deleted_at__isnull=True)),
            GinIndex(fields=["search"], name="issue_search"),
            GinIndex(fields=["label_ids"], name="issue_labels"),
        ]
        triggers = [WORKFLOW_HOLDS, KEEP_ISSUES]
        verbose_name = _("issue")
        verbose_name_plural = _("issues")

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        """The name that people use, such as BUG-12. Needs the project loaded."""
        return f"{self.project.key}-{self.number}"


class SavedFilter(models.Model):
    """A filter of the list and the board that a person keeps by a name; `query` is the address's part after the `?`.

    For one project, or for all of them.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "project", "name"], name="saved_filter_unique", nulls_distinct=False
            )
        ]
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")

    def __str__(self) -> str:
        return self.name


append_only(Issue.history.model)
