

import config.clock
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chat', '0002_messages_of_files'),
        ('issues', '0001_initial'),
        ('projects', '0004_members_may_write'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='File',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('client_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('place', models.CharField(choices=[('draft', 'Nothing yet'), ('project', 'Project'), ('issue', 'Issue'), ('message', 'Message'), ('avatar', "Person's picture"), ('icon', "Project's icon")], default='draft', max_length=8)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('size', models.BigIntegerField(verbose_name='size')),
                ('declared_type', models.CharField(blank=True, max_length=100)),
                ('type', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('picture', 'Pictures'), ('document', 'Documents'), ('text', 'Text and code'), ('archive', 'Archives'), ('media', 'Sound and video'), ('other', 'Other')], max_length=8)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('state', models.CharField(choices=[('pending', 'Being sent'), ('checking', 'Being checked'), ('ready', 'Ready'), ('refused', 'Refused'), ('quarantined', 'In quarantine'), ('lost', 'Lost')], default='pending', max_length=11)),
                ('refusal', models.CharField(blank=True, max_length=16)),
                ('started_at', models.DateTimeField(default=config.clock.now, editable=False)),
                ('finished_at', models.DateTimeField(editable=False, null=True)),
                ('checked_at', models.DateTimeField(editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(default=config.clock.now)),
                ('removed_at', models.DateTimeField(editable=False, null=True)),
                ('purged_at', models.DateTimeField(editable=False, null=True)),
                ('issue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='issues.issue')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='chat.message')),
                ('project', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='projects.project')),
                ('removed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('uploader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'file',
                'verbose_name_plural': 'files',
            },
        ),
        migrations.CreateModel(
            name='HistoricalFile',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('uuid', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('client_id', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('place', models.CharField(choices=[('draft', 'Nothing yet'), ('project', 'Project'), ('issue', 'Issue'), ('message', 'Message'), ('avatar', "Person's picture"), ('icon', "Project's icon")], default='draft', max_length=8)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('size', models.BigIntegerField(verbose_name='size')),
                ('declared_type', models.CharField(blank=True, max_length=100)),
                ('type', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('picture', 'Pictures'), ('document', 'Documents'), ('text', 'Text and code'), ('archive', 'Archives'), ('media', 'Sound and video'), ('other', 'Other')], max_length=8)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('state', models.CharField(choices=[('pending', 'Being sent'), ('checking', 'Being checked'), ('ready', 'Ready'), ('refused', 'Refused'), ('quarantined', 'In quarantine'), ('lost', 'Lost')], default='pending', max_length=11)),
                ('refusal', models.CharField(blank=True, max_length=16)),
                ('started_at', models.DateTimeField(default=config.clock.now, editable=False)),
                ('finished_at', models.DateTimeField(editable=False, null=True)),
                ('checked_at', models.DateTimeField(editable=False, null=True)),
                ('removed_at', models.DateTimeField(editable=False, null=True)),
                ('purged_at', models.DateTimeField(editable=False, null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='issues.issue')),
                ('message', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='chat.message')),
                ('project', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='projects.project')),
                ('removed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('uploader', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical file',
                'verbose_name_plural': 'historical files',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ObjectDeletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=128, unique=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(default=config.clock.now)),
                ('last_error', models.TextField(blank=True)),
                ('died_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('died_at__isnull', True)), fields=['next_at'], name='deletion_due')],
            },
        ),
        migrations.CreateModel(
            name='Rendition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(choices=[('thumb', 'Thumbnail'), ('screen', 'Screen size'), ('square', 'Square')], max_length=6)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('size', models.PositiveIntegerField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='renditions', to='files.file')),
            ],
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(fields=['project', '-id'], name='file_newest'),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('purged_at__isnull', True)), fields=['project'], include=('size',), name='file_space'),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(fields=['uploader', 'started_at'], include=('size',), name='file_day'),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('state', 'checking')), fields=['next_at'], name='file_due'),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('state', 'pending'), ('place', 'draft'), _connector='OR'), fields=['started_at'], name='file_loose'),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('purged_at', None), ('removed_at__isnull', False)), fields=['removed_at'], name='file_trash'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='file_has_bytes'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(('sha256__regex', '^[0-9a-f]{64}$'), ('checked_at__isnull', False)), _connector='OR'), name='file_ready_is_checked'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('project__isnull', True), ('place', 'avatar')), models.Q(models.Q(('project__isnull', True), _negated=True), models.Q(('place', 'avatar'), _negated=True)), _connector='OR'), name='file_has_project'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('message__isnull', False), ('place', 'message')), models.Q(models.Q(('message__isnull', False), _negated=True), models.Q(('place', 'message'), _negated=True)), _connector='OR'), name='file_has_message'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(('issue__isnull', True), ('place__in', ['issue', 'message']), _connector='OR'), name='file_of_issue'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('place', 'issue'), _negated=True), ('issue__isnull', False), _connector='OR'), name='file_has_issue'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at__isnull', False), ('removed_by__isnull', False)), models.Q(models.Q(('removed_at__isnull', False), _negated=True), models.Q(('removed_by__isnull', False), _negated=True)), _connector='OR'), name='file_removed_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(('purged_at__isnull', True), ('removed_at__isnull', False), _connector='OR'), name='file_purged_was_removed'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='file',
            trigger=pgtrigger.compiler.Trigger(name='checked_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'ready\' AND (NEW."sha256" IS DISTINCT FROM (OLD."sha256") OR NEW."size" IS DISTINCT FROM (OLD."size")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='1338786cb66140ab941f13c24ed020db9eb76598', operation='UPDATE', pgid='pgtrigger_checked_stays_e2edc', table='files_file', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='file',
            trigger=pgtrigger.compiler.Trigger(name='keep', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."place" IN (\'draft\', \'avatar\', \'icon\')) AND NOT (OLD."state" = \'pending\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='aa4c792d4e17968647cdd03363c5142dfbc865c7', operation='DELETE', pgid='pgtrigger_keep_bcdac', table='files_file', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalfile',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='003a94d966279b7bba074f65dc24fd51eb50f9a7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_33108', table='files_historicalfile', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='rendition',
            constraint=models.UniqueConstraint(fields=('file', 'form'), name='rendition_unique'),
        ),
    ]
