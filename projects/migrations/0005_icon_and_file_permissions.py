

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
        ('projects', '0004_members_may_write'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='project',
            options={'default_permissions': (), 'permissions': [('read_project', 'Reading this project'), ('create_issue', 'Creating issues'), ('edit_issue', 'Editing issues'), ('assign_issue', 'Assigning issues'), ('move_issue', 'Moving issues'), ('delete_issue', 'Deleting and restoring issues'), ('write_message', 'Writing messages'), ('delete_message', "Deleting other people's messages"), ('add_file', 'Adding files to issues and projects'), ('delete_file', "Changing other people's files"), ('manage_labels', 'Changing labels'), ('manage_workflow', 'Changing the workflow'), ('manage_members', 'Changing members'), ('manage_settings', "Changing a project's settings")], 'verbose_name': 'project', 'verbose_name_plural': 'projects'},
        ),
        migrations.AddField(
            model_name='historicalproject',
            name='icon',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='files.file', to_field='uuid'),
        ),
        migrations.AddField(
            model_name='project',
            name='icon',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.file', to_field='uuid'),
        ),
    ]
