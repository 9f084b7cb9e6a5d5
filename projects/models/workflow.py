"""A project's workflow: the states of its issues and the transitions between them."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import Hue
from projects.enums import Category, Role
from projects.models.projects import Project

CATEGORY_HUES = {
    Category.OPEN: Hue.BLUE,
    Category.PROGRESS: Hue.AMBER,
    Category.RESOLVED: Hue.GREEN,
    Category.CLOSED: Hue.PINK,
}


class State(models.Model):
    """Where an issue stands: a column of the board. Removing one keeps its row, so that history can still name it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="states")
    name = models.CharField(_("name"), max_length=40)
    slug = models.SlugField(max_length=48)
    category = models.CharField(_("category"), max_length=8, choices=Category)
    # Empty: the colour of the category.
    hue = models.PositiveSmallIntegerField(_("colour"), choices=Hue, null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_initial = models.BooleanField(_("issues may start here"), default=False)
    wip_limit = models.PositiveSmallIntegerField(_("limit of work in progress"), null=True, blank=True)
    wip_is_hard = models.BooleanField(_("refuse what exceeds the limit"), default=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "slug"], name="state_slug_unique", condition=Q(removed_at__isnull=True)
            ),
            models.UniqueConstraint(
                "project", Upper("name"), name="state_name_unique", condition=Q(removed_at__isnull=True)
            ),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="state_category_known"),
            models.CheckConstraint(
                condition=Q(wip_limit__isnull=True) | Q(wip_limit__gte=1), name="state_wip_positive"
            ),
        ]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]
        verbose_name = _("state")
        verbose_name_plural = _("states")

    def __str__(self) -> str:
        return self.name


class Transition(models.Model):
    """A step that issues may take, who may take it, and what it needs."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="transitions")
    from_state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="leaving", verbose_name=_("from"))
    to_state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="entering", verbose_name=_("to"))
    roles = ArrayField(models.CharField(max_length=9, choices=Role), default=list, verbose_name=_("roles"))
    needs_assignee = models.BooleanField(_("needs an assignee"), default=False)
    needs_resolution = models.BooleanField(_("needs a resolution note"), default=False)
    own_only = models.BooleanField(_("developers only what is assigned to them"), default=False)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["from_state", "to_state"], name="transition_unique"),
            models.CheckConstraint(condition=~Q(from_state=F("to_state")), name="transition_moves"),
            models.CheckConstraint(condition=Q(roles__len__gte=1), name="transition_has_roles"),
            models.CheckConstraint(condition=Q(roles__contained_by=Role.values), name="transition_roles_known"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="one_project",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                IF (SELECT count(*) FROM projects_state
                    WHERE id IN (NEW.from_state_id, NEW.to_state_id) AND project_id = NEW.project_id) <> 2 THEN
                    RAISE EXCEPTION 'a transition joins two states of its own project'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'transition_one_project';
                END IF;
                RETURN NEW;
                """,
            )
        ]
        verbose_name = _("transition")
        verbose_name_plural = _("transitions")

    def __str__(self) -> str:
        return f"{self.from_state.name} → {self.to_state.name}"
