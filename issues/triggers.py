"""What PostgreSQL refuses about issues, whoever asks: the same verdict as projects/workflow.py for all that does not
depend on who acts. tests/issues/test_rules_agree.py drives both through every combination."""

import pgtrigger

# What Python's str.strip() takes away (Unicode White_Space and the four ASCII separators), as PostgreSQL writes it:
# a note of such characters alone is no note, for the guard and for the database.
BLANK = (
    r"E'\u0009\u000a\u000b\u000c\u000d\u001c\u001d\u001e\u001f\u0020\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    r"\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000'"
)

KEEP_ISSUES = pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)

WORKFLOW_HOLDS = pgtrigger.Trigger(
    name="workflow_holds",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    declare=[("target", "projects_state%ROWTYPE"), ("step", "projects_transition%ROWTYPE")],
    func="""
    SELECT * INTO target FROM projects_state WHERE id = NEW.state_id;
    IF target.project_id IS DISTINCT FROM NEW.project_id THEN
        RAISE EXCEPTION 'the state belongs to another project'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_state_of_project';
    END IF;

    IF TG_OP = 'INSERT' THEN
        IF NEW.number > (SELECT issue_counter FROM projects_project WHERE id = NEW.project_id) THEN
            RAISE EXCEPTION 'numbers are taken from the counter of the project'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_number_counted';
        END IF;
        IF NOT target.is_initial OR target.removed_at IS NOT NULL THEN
            RAISE EXCEPTION 'issues do not start in this state'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_starts_initial';
        END IF;
    ELSE
        IF NEW.project_id <> OLD.project_id OR NEW.number <> OLD.number THEN
            RAISE EXCEPTION 'project and number of an issue never change'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_number_fixed';
        END IF;
        IF NEW.version < OLD.version THEN
            RAISE EXCEPTION 'versions only grow'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_version_grows';
        END IF;
        IF NEW.state_id <> OLD.state_id THEN
            SELECT * INTO step FROM projects_transition
                WHERE from_state_id = OLD.state_id AND to_state_id = NEW.state_id;
            IF NOT FOUND OR target.removed_at IS NOT NULL THEN
                RAISE EXCEPTION 'no transition leads there'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_transition_exists';
            END IF;
            IF step.needs_assignee AND NEW.assignee_id IS NULL THEN
                RAISE EXCEPTION 'this step needs an assignee'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_needs_assignee';
            END IF;
            IF step.needs_resolution AND btrim(NEW.resolution, @BLANK@) = '' THEN
                RAISE EXCEPTION 'this step needs a resolution note'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_needs_resolution';
            END IF;
        ELSE
            -- What every way into a state asked for may not be taken away while the issue is in it.
            IF OLD.assignee_id IS NOT NULL AND NEW.assignee_id IS NULL AND NOT target.is_initial
                AND EXISTS (SELECT 1 FROM projects_transition WHERE to_state_id = NEW.state_id)
                AND NOT EXISTS (SELECT 1 FROM projects_transition
                                WHERE to_state_id = NEW.state_id AND NOT needs_assignee) THEN
                RAISE EXCEPTION 'this state needs an assignee'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_keeps_assignee';
            END IF;
            IF btrim(OLD.resolution, @BLANK@) <> '' AND btrim(NEW.resolution, @BLANK@) = ''
                AND NOT target.is_initial
                AND EXISTS (SELECT 1 FROM projects_transition WHERE to_state_id = NEW.state_id)
                AND NOT EXISTS (SELECT 1 FROM projects_transition
                                WHERE to_state_id = NEW.state_id AND NOT needs_resolution) THEN
                RAISE EXCEPTION 'this state needs a resolution note'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_keeps_resolution';
            END IF;
        END IF;
    END IF;

    IF target.wip_is_hard AND target.wip_limit IS NOT NULL AND NEW.deleted_at IS NULL
        AND (TG_OP = 'INSERT' OR NEW.state_id <> OLD.state_id OR OLD.deleted_at IS NOT NULL) THEN
        PERFORM 1 FROM projects_state WHERE id = NEW.state_id FOR NO KEY UPDATE;
        IF (SELECT count(*) FROM issues_issue
            WHERE state_id = NEW.state_id AND deleted_at IS NULL AND id <> NEW.id) >= target.wip_limit THEN
            RAISE EXCEPTION 'this state is full'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_wip_limit';
        END IF;
    END IF;

    IF cardinality(NEW.label_ids) > 0 AND (TG_OP = 'INSERT' OR NEW.label_ids <> OLD.label_ids) AND EXISTS (
        SELECT 1 FROM unnest(NEW.label_ids) AS wanted
        WHERE NOT EXISTS (SELECT 1 FROM projects_label WHERE id = wanted AND project_id = NEW.project_id)
    ) THEN
        RAISE EXCEPTION 'a label belongs to another project'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_labels_of_project';
    END IF;
    RETURN NEW;
    """.replace("@BLANK@", BLANK),
)
