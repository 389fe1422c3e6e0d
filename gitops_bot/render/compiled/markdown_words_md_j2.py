from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/words.md.j2 by `make templates`
name = 'words.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_icons = l_0_labels = l_0_states = l_0_plan_outcome = l_0_failed_stage = l_0_outcome = l_0_heading = l_0_lost = l_0_result = l_0_overview = l_0_kinds = l_0_unshown_drift = l_0_rest = l_0_left_out = l_0_hidden_in = l_0_icon = l_0_subject = l_0_fact = l_0_pull_request = l_0_at_commit = l_0_number = l_0_listed = l_0_time = l_0_again = l_0_because = l_0_soak = l_0_names_in = l_0_noted = l_0_notes = l_0_because_of = l_0_allowed = l_0_of_plan = l_0_promotion = l_0_guards = l_0_briefly = l_0_briefly_guarded = l_0_verdict = l_0_more = l_0_approver = l_0_names = l_0_closest = l_0_noises = l_0_noise = l_0_counts = l_0_doing = l_0_did = l_0_done_to = l_0_parity = l_0_pair = l_0_beside_danger = missing
    try:
        t_1 = environment.filters['code']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'code' found.")
    try:
        t_2 = environment.filters['documented']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'documented' found.")
    try:
        t_3 = environment.filters['inline']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'inline' found.")
    try:
        t_4 = environment.filters['int']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'int' found.")
    try:
        t_5 = environment.filters['is_url']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No filter named 'is_url' found.")
    try:
        t_6 = environment.filters['join']
    except KeyError:
        @internalcode
        def t_6(*unused):
            raise TemplateRuntimeError("No filter named 'join' found.")
    try:
        t_7 = environment.filters['length']
    except KeyError:
        @internalcode
        def t_7(*unused):
            raise TemplateRuntimeError("No filter named 'length' found.")
    try:
        t_8 = environment.filters['list']
    except KeyError:
        @internalcode
        def t_8(*unused):
            raise TemplateRuntimeError("No filter named 'list' found.")
    try:
        t_9 = environment.filters['map']
    except KeyError:
        @internalcode
        def t_9(*unused):
            raise TemplateRuntimeError("No filter named 'map' found.")
    try:
        t_10 = environment.filters['moment']
    except KeyError:
        @internalcode
        def t_10(*unused):
            raise TemplateRuntimeError("No filter named 'moment' found.")
    try:
        t_11 = environment.filters['period']
    except KeyError:
        @internalcode
        def t_11(*unused):
            raise TemplateRuntimeError("No filter named 'period' found.")
    try:
        t_12 = environment.filters['pr_number']
    except KeyError:
        @internalcode
        def t_12(*unused):
            raise TemplateRuntimeError("No filter named 'pr_number' found.")
    try:
        t_13 = environment.filters['rejectattr']
    except KeyError:
        @internalcode
        def t_13(*unused):
            raise TemplateRuntimeError("No filter named 'rejectattr' found.")
    try:
        t_14 = environment.filters['safe']
    except KeyError:
        @internalcode
        def t_14(*unused):
            raise TemplateRuntimeError("No filter named 'safe' found.")
    try:
        t_15 = environment.filters['selectattr']
    except KeyError:
        @internalcode
        def t_15(*unused):
            raise TemplateRuntimeError("No filter named 'selectattr' found.")
    try:
        t_16 = environment.filters['sum']
    except KeyError:
        @internalcode
        def t_16(*unused):
            raise TemplateRuntimeError("No filter named 'sum' found.")
    try:
        t_17 = environment.filters['take']
    except KeyError:
        @internalcode
        def t_17(*unused):
            raise TemplateRuntimeError("No filter named 'take' found.")
    try:
        t_18 = environment.filters['unique']
    except KeyError:
        @internalcode
        def t_18(*unused):
            raise TemplateRuntimeError("No filter named 'unique' found.")
    try:
        t_19 = environment.tests['defined']
    except KeyError:
        @internalcode
        def t_19(*unused):
            raise TemplateRuntimeError("No test named 'defined' found.")
    try:
        t_20 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_20(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    l_0_icons = {'planned': '📋', 'no-changes': '✅', 'applied': '✅', 'partly-applied': '⚠️', 'blocked': '⛔', 'failed': '❌', 'closed': '⚪', 'superseded': '⏭️', 'baseline': '🏁', 'promoted': '🚀', 'reconciled': '🔁', 'unlocked': '🔓', 'dispatched': '🚀', 'ignored': '⚪'}
    context.vars['icons'] = l_0_icons
    context.exported_vars.add('icons')
    l_0_labels = {'create': 'create', 'update': 'update', 'replace': 'replace', 'delete': 'destroy', 'import': 'import', 'move': 'move', 'forget': 'forget', 'read': 'read', 'outputs': 'outputs', 'drift': 'changed outside', 'unknown': 'unknown', 'text': "Terraform's text"}
    context.vars['labels'] = l_0_labels
    context.exported_vars.add('labels')
    l_0_states = {'done': '✅ done', 'failed': '❌ failed', 'in-flight': '⏳ in progress', 'not-started': '⚪ not started'}
    context.vars['states'] = l_0_states
    context.exported_vars.add('states')
    def macro():
        t_21 = []
        l_1_totals = resolve('totals')
        l_1__ = resolve('_')
        l_1_words = missing
        pass
        l_1_words = []
        if environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'danger'):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'danger'), ' to destroy or replace', )))
        if environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'unknown'):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'unknown'), ' of an unknown kind', )))
        if environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'update'):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'update'), ' to change', )))
        if environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'create'):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'create'), ' to create', )))
        if environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'import'):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'import'), ' to import', )))
        if environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'move'):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'move'), ' to move', )))
        if environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'forget'):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'forget'), ' to forget', )))
        if ((not (undefined(name='words') if l_1_words is missing else l_1_words)) and environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'outputs')):
            pass
            l_1__ = context.call(environment.getattr((undefined(name='words') if l_1_words is missing else l_1_words), 'append'), str_join((environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'outputs'), (' output' if (environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'outputs') == 1) else ' outputs'), ' to change', )))
        t_21.append(
            str((t_6(context.eval_ctx, (undefined(name='words') if l_1_words is missing else l_1_words), ', ') if (undefined(name='words') if l_1_words is missing else l_1_words) else 'No changes')),
        )
        return concat(t_21)
    context.exported_vars.add('plan_outcome')
    context.vars['plan_outcome'] = l_0_plan_outcome = Macro(environment, macro, 'plan_outcome', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_22 = []
        l_1_namespace = resolve('namespace')
        l_1_report = resolve('report')
        l_1_found = missing
        pass
        l_1_found = context.call((undefined(name='namespace') if l_1_namespace is missing else l_1_namespace), word='Failed')
        for l_2_project in environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'projects'):
            _loop_vars = {}
            pass
            if t_19(environment.getattr(environment.getattr(l_2_project, 'plan'), 'stage')):
                pass
                if not isinstance(l_1_found, Namespace):
                    raise TemplateRuntimeError("cannot assign attribute on non-namespace object")
                l_1_found['word'] = ('No credentials' if (environment.getattr(environment.getattr(l_2_project, 'plan'), 'stage') == 'credentials') else 'Plan failed')
            if ((t_19(environment.getattr(environment.getattr(l_2_project, 'plan'), 'plan')) and environment.getattr(environment.getattr(environment.getattr(l_2_project, 'plan'), 'plan'), 'errored')) and t_20(environment.getattr(l_2_project, 'applied'))):
                pass
                if not isinstance(l_1_found, Namespace):
                    raise TemplateRuntimeError("cannot assign attribute on non-namespace object")
                l_1_found['word'] = 'Plan failed'
            if (((not t_20(environment.getattr(l_2_project, 'applied'))) and (not environment.getattr(environment.getattr(l_2_project, 'applied'), 'succeeded'))) and (environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'word') == 'Failed')):
                pass
                if not isinstance(l_1_found, Namespace):
                    raise TemplateRuntimeError("cannot assign attribute on non-namespace object")
                l_1_found['word'] = 'Apply failed'
        l_2_project = missing
        t_22.append(
            str(environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'word')),
        )
        return concat(t_22)
    context.exported_vars.add('failed_stage')
    context.vars['failed_stage'] = l_0_failed_stage = Macro(environment, macro, 'failed_stage', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_23 = []
        l_1_report = resolve('report')
        l_1_status = missing
        pass
        l_1_status = environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'status'), 'value')
        if ((undefined(name='status') if l_1_status is missing else l_1_status) == 'planned'):
            pass
            t_23.append(
                str(context.call((undefined(name='plan_outcome') if l_0_plan_outcome is missing else l_0_plan_outcome))),
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'no-changes'):
            pass
            t_23.append(
                'No changes',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'applied'):
            pass
            t_23.append(
                'Applied',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'partly-applied'):
            pass
            t_23.append(
                'Partly applied',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'blocked'):
            pass
            t_23.append(
                'Blocked',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'failed'):
            pass
            t_23.append(
                str(context.call((undefined(name='failed_stage') if l_0_failed_stage is missing else l_0_failed_stage))),
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'closed'):
            pass
            t_23.append(
                'Closed without merging',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'superseded'):
            pass
            t_23.append(
                'Superseded',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'baseline'):
            pass
            t_23.append(
                'Baseline recorded',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'promoted'):
            pass
            t_23.append(
                'Promoted',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'reconciled'):
            pass
            t_23.append(
                'Reconciled',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'unlocked'):
            pass
            t_23.append(
                'Unlocked',
            )
        elif ((undefined(name='status') if l_1_status is missing else l_1_status) == 'dispatched'):
            pass
            t_23.append(
                'Dispatched',
            )
        else:
            pass
            t_23.append(
                'Nothing to do',
            )
        return concat(t_23)
    context.exported_vars.add('outcome')
    context.vars['outcome'] = l_0_outcome = Macro(environment, macro, 'outcome', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_24 = []
        l_1_report = resolve('report')
        pass
        if (((environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'status'), 'value') == 'blocked') and (not environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying'))) and environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'projects')):
            pass
            t_24.extend((
                'Blocked · ',
                str(context.call((undefined(name='plan_outcome') if l_0_plan_outcome is missing else l_0_plan_outcome))),
            ))
        else:
            pass
            t_24.append(
                str(context.call((undefined(name='outcome') if l_0_outcome is missing else l_0_outcome))),
            )
        return concat(t_24)
    context.exported_vars.add('heading')
    context.vars['heading'] = l_0_heading = Macro(environment, macro, 'heading', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_losses):
        t_25 = []
        l_1_named = resolve('named')
        l_1_unknown = l_1_all = l_1_marked = missing
        if l_1_losses is missing:
            l_1_losses = undefined("parameter 'losses' was not provided", name='losses')
        pass
        l_1_unknown = t_16(environment, t_9(context, t_15(context, l_1_losses, 'action', 'equalto', 'unknown'), attribute='count'))
        l_1_all = (t_16(environment, t_9(context, l_1_losses, attribute='count')) - (undefined(name='unknown') if l_1_unknown is missing else l_1_unknown))
        l_1_marked = t_16(environment, t_9(context, t_15(context, l_1_losses, 'mark'), attribute='count'))
        if ((undefined(name='named') if l_1_named is missing else l_1_named) and l_1_losses):
            pass
            t_25.append(
                '**',
            )
            if (undefined(name='all') if l_1_all is missing else l_1_all):
                pass
                t_25.extend((
                    str((undefined(name='all') if l_1_all is missing else l_1_all)),
                    ' to destroy or replace',
                ))
                if (undefined(name='marked') if l_1_marked is missing else l_1_marked):
                    pass
                    t_25.extend((
                        ', ',
                        str(('all' if ((undefined(name='marked') if l_1_marked is missing else l_1_marked) == (undefined(name='all') if l_1_all is missing else l_1_all)) else (undefined(name='marked') if l_1_marked is missing else l_1_marked))),
                        ' of them protected or with data',
                    ))
            if (undefined(name='unknown') if l_1_unknown is missing else l_1_unknown):
                pass
                t_25.extend((
                    str((' and ' if (undefined(name='all') if l_1_all is missing else l_1_all) else cond_expr_undefined("the inline if-expression on line 56 in 'words.md.j2' evaluated to false and no else section was defined."))),
                    str((undefined(name='unknown') if l_1_unknown is missing else l_1_unknown)),
                    ' of an unknown kind',
                ))
            t_25.append(
                '**\n\n',
            )
            for l_2_piece in l_1_losses[:(undefined(name='named') if l_1_named is missing else l_1_named)]:
                _loop_vars = {}
                pass
                t_25.append(
                    str(environment.getattr(l_2_piece, 'line')),
                )
            l_2_piece = missing
            if (t_7(l_1_losses) > (undefined(name='named') if l_1_named is missing else l_1_named)):
                pass
                t_25.extend((
                    '\n… and ',
                    str((((undefined(name='all') if l_1_all is missing else l_1_all) + (undefined(name='unknown') if l_1_unknown is missing else l_1_unknown)) - t_16(environment, t_9(context, l_1_losses[:(undefined(name='named') if l_1_named is missing else l_1_named)], attribute='count')))),
                    ' more.',
                ))
            t_25.append(
                '\n\n',
            )
        return concat(t_25)
    context.exported_vars.add('lost')
    context.vars['lost'] = l_0_lost = Macro(environment, macro, 'lost', ('losses',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_section):
        t_26 = []
        l_1_project = missing
        if l_1_section is missing:
            l_1_section = undefined("parameter 'section' was not provided", name='section')
        pass
        l_1_project = environment.getattr(l_1_section, 'project')
        if t_19(environment.getattr(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'plan'), 'stage')):
            pass
            t_26.extend((
                '❌ ',
                str(('no credentials' if (environment.getattr(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'plan'), 'stage') == 'credentials') else 'plan failed')),
            ))
        elif (not t_20(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'applied'))):
            pass
            t_26.append(
                str(('✅ applied' if environment.getattr(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'applied'), 'succeeded') else '❌ apply failed')),
            )
        elif environment.getattr(l_1_section, 'errored'):
            pass
            t_26.append(
                '❌ plan failed',
            )
        elif (not environment.getattr(l_1_section, 'summary')):
            pass
            t_26.append(
                '✅ no changes',
            )
        else:
            pass
            def t_27(fiter):
                for (l_2_key, l_2_count) in fiter:
                    if (l_2_key not in ('outputs', 'drift', 'read')):
                        yield (l_2_key, l_2_count)
            l_2_loop = missing
            t_28 = 1
            for (l_2_key, l_2_count), l_2_loop in LoopContext(t_27(context.call(environment.getattr(environment.getattr(l_1_section, 'summary'), 'items'))), undefined):
                _loop_vars = {}
                pass
                t_26.extend((
                    str(l_2_count),
                    ' ',
                    str(context.call(environment.getattr((undefined(name='labels') if l_0_labels is missing else l_0_labels), 'get'), l_2_key, l_2_key, _loop_vars=_loop_vars)),
                    str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 81 in 'words.md.j2' evaluated to false and no else section was defined."))),
                ))
                t_28 = 0
            l_2_loop = l_2_key = l_2_count = missing
            if t_28:
                pass
                t_26.append(
                    'no changes of resources',
                )
        return concat(t_26)
    context.exported_vars.add('result')
    context.vars['result'] = l_0_result = Macro(environment, macro, 'result', ('section',), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_29 = []
        l_1_columns = resolve('columns')
        l_1_sections = resolve('sections')
        pass
        t_29.append(
            '| project | result |',
        )
        for l_2_key in (undefined(name='columns') if l_1_columns is missing else l_1_columns):
            _loop_vars = {}
            pass
            t_29.extend((
                ' ',
                str(context.call(environment.getattr((undefined(name='labels') if l_0_labels is missing else l_0_labels), 'get'), l_2_key, l_2_key, _loop_vars=_loop_vars)),
                ' |',
            ))
        l_2_key = missing
        t_29.append(
            '\n| --- | --- |',
        )
        for l_2_key in (undefined(name='columns') if l_1_columns is missing else l_1_columns):
            _loop_vars = {}
            pass
            t_29.append(
                ' ---: |',
            )
        l_2_key = missing
        t_29.append(
            '\n',
        )
        for l_2_section in (undefined(name='sections') if l_1_sections is missing else l_1_sections):
            _loop_vars = {}
            pass
            t_29.extend((
                '| ',
                str(t_1(context, environment.getattr(environment.getattr(l_2_section, 'project'), 'project'))),
                ' | ',
            ))
            if (((t_19(environment.getattr(environment.getattr(environment.getattr(l_2_section, 'project'), 'plan'), 'stage')) or (not t_20(environment.getattr(environment.getattr(l_2_section, 'project'), 'applied')))) or environment.getattr(l_2_section, 'errored')) or (not environment.getattr(l_2_section, 'summary'))):
                pass
                t_29.append(
                    str(context.call((undefined(name='result') if l_0_result is missing else l_0_result), l_2_section, _loop_vars=_loop_vars)),
                )
            else:
                pass
                t_29.extend((
                    str(('🛑' if t_8(context.eval_ctx, t_15(context, environment.getattr(l_2_section, 'losses'), 'mark')) else ('🔴' if environment.getattr(l_2_section, 'losses') else '📋'))),
                    ' changes',
                ))
            t_29.append(
                ' |',
            )
            for l_3_key in (undefined(name='columns') if l_1_columns is missing else l_1_columns):
                _loop_vars = {}
                pass
                t_29.extend((
                    ' ',
                    str(context.call(environment.getattr(environment.getattr(l_2_section, 'summary'), 'get'), l_3_key, '', _loop_vars=_loop_vars)),
                    ' |',
                ))
            l_3_key = missing
            t_29.append(
                '\n',
            )
        l_2_section = missing
        t_29.append(
            '\n\n',
        )
        return concat(t_29)
    context.exported_vars.add('overview')
    context.vars['overview'] = l_0_overview = Macro(environment, macro, 'overview', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_pieces):
        t_30 = []
        if l_1_pieces is missing:
            l_1_pieces = undefined("parameter 'pieces' was not provided", name='pieces')
        pass
        l_2_loop = missing
        for l_2_kind, l_2_loop in LoopContext(t_18(environment, t_9(context, l_1_pieces, attribute='action')), undefined):
            _loop_vars = {}
            pass
            t_30.extend((
                str(t_16(environment, t_9(context, t_15(context, l_1_pieces, 'action', 'equalto', l_2_kind), attribute='count'))),
                ' ',
                str(context.call(environment.getattr((undefined(name='labels') if l_0_labels is missing else l_0_labels), 'get'), l_2_kind, l_2_kind, _loop_vars=_loop_vars)),
                str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 100 in 'words.md.j2' evaluated to false and no else section was defined."))),
            ))
        l_2_loop = l_2_kind = missing
        return concat(t_30)
    context.exported_vars.add('kinds')
    context.vars['kinds'] = l_0_kinds = Macro(environment, macro, 'kinds', ('pieces',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_count):
        t_31 = []
        if l_1_count is missing:
            l_1_count = undefined("parameter 'count' was not provided", name='count')
        pass
        t_31.extend((
            'Terraform also recorded ',
            str(l_1_count),
            ' ',
            str(('difference' if (l_1_count == 1) else 'differences')),
            ' from its state that its own text does not show.',
        ))
        return concat(t_31)
    context.exported_vars.add('unshown_drift')
    context.vars['unshown_drift'] = l_0_unshown_drift = Macro(environment, macro, 'unshown_drift', ('count',), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_32 = []
        l_1_redactor = resolve('redactor')
        l_1_report = resolve('report')
        pass
        t_32.append(
            '> ✂️ Not everything fits here.',
        )
        if t_5(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'links'), 'report'))):
            pass
            t_32.extend((
                ' The [full report](',
                str(environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'links'), 'report')),
                ') has all of it.',
            ))
        elif t_5(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'links'), 'run'))):
            pass
            t_32.extend((
                ' The [run](',
                str(environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'links'), 'run')),
                ")'s summary has more.",
            ))
        else:
            pass
            t_32.append(
                ' `gitops-bot render --format html` shows all of it.',
            )
        return concat(t_32)
    context.exported_vars.add('rest')
    context.vars['rest'] = l_0_rest = Macro(environment, macro, 'rest', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_counted):
        t_33 = []
        if l_1_counted is missing:
            l_1_counted = undefined("parameter 'counted' was not provided", name='counted')
        pass
        l_2_loop = missing
        for (l_2_action, l_2_count), l_2_loop in LoopContext(l_1_counted, undefined):
            _loop_vars = {}
            pass
            t_33.extend((
                str(l_2_count),
                ' ',
                str(('output' if ((l_2_action == 'outputs') and (l_2_count == 1)) else context.call(environment.getattr((undefined(name='labels') if l_0_labels is missing else l_0_labels), 'get'), l_2_action, l_2_action, _loop_vars=_loop_vars))),
                str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 113 in 'words.md.j2' evaluated to false and no else section was defined."))),
            ))
        l_2_loop = l_2_action = l_2_count = missing
        return concat(t_33)
    context.exported_vars.add('left_out')
    context.vars['left_out'] = l_0_left_out = Macro(environment, macro, 'left_out', ('counted',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_places):
        t_34 = []
        l_1_rows = resolve('rows')
        if l_1_places is missing:
            l_1_places = undefined("parameter 'places' was not provided", name='places')
        pass
        l_2_loop = missing
        for (l_2_name, l_2_count), l_2_loop in LoopContext(t_17(context, l_1_places), undefined):
            _loop_vars = {}
            pass
            t_34.extend((
                str(l_2_count),
                ' in ',
                str(t_1(context, l_2_name)),
                str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 117 in 'words.md.j2' evaluated to false and no else section was defined."))),
            ))
        l_2_loop = l_2_name = l_2_count = missing
        if (t_7(l_1_places) > (undefined(name='rows') if l_1_rows is missing else l_1_rows)):
            pass
            t_34.extend((
                ' and in ',
                str((t_7(l_1_places) - (undefined(name='rows') if l_1_rows is missing else l_1_rows))),
                ' other ',
                str(('place' if ((t_7(l_1_places) - (undefined(name='rows') if l_1_rows is missing else l_1_rows)) == 1) else 'places')),
            ))
        return concat(t_34)
    context.exported_vars.add('hidden_in')
    context.vars['hidden_in'] = l_0_hidden_in = Macro(environment, macro, 'hidden_in', ('places',), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_35 = []
        l_1_report = resolve('report')
        l_1_totals = resolve('totals')
        pass
        if ((environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'status'), 'value') == 'planned') and environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'marked')):
            pass
            t_35.append(
                '🛑',
            )
        elif ((environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'status'), 'value') == 'planned') and (environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'danger') + environment.getitem((undefined(name='totals') if l_1_totals is missing else l_1_totals), 'unknown'))):
            pass
            t_35.append(
                '⚠️',
            )
        else:
            pass
            t_35.append(
                str(environment.getitem((undefined(name='icons') if l_0_icons is missing else l_0_icons), environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'status'), 'value'))),
            )
        return concat(t_35)
    context.exported_vars.add('icon')
    context.vars['icon'] = l_0_icon = Macro(environment, macro, 'icon', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_36 = []
        l_1_report = resolve('report')
        pass
        if (environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying') or (environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'status'), 'value') in ('applied', 'partly-applied'))):
            pass
            t_36.append(
                'Terraform apply',
            )
        elif (environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'status'), 'value') == 'promoted'):
            pass
            t_36.append(
                'Promotion',
            )
        else:
            pass
            t_36.append(
                'Terraform plan',
            )
        return concat(t_36)
    context.exported_vars.add('subject')
    context.vars['subject'] = l_0_subject = Macro(environment, macro, 'subject', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_reason, l_1_name, l_1_otherwise):
        t_37 = []
        if l_1_reason is missing:
            l_1_reason = undefined("parameter 'reason' was not provided", name='reason')
        if l_1_name is missing:
            l_1_name = undefined("parameter 'name' was not provided", name='name')
        if l_1_otherwise is missing:
            l_1_otherwise = undefined("parameter 'otherwise' was not provided", name='otherwise')
        pass
        if context.call(environment.getattr(l_1_reason, 'fact'), l_1_name):
            pass
            t_37.append(
                str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), l_1_name))),
            )
        else:
            pass
            t_37.append(
                str(l_1_otherwise),
            )
        return concat(t_37)
    context.exported_vars.add('fact')
    context.vars['fact'] = l_0_fact = Macro(environment, macro, 'fact', ('reason', 'name', 'otherwise'), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_reason):
        t_38 = []
        l_1_number = l_0_number
        if l_1_reason is missing:
            l_1_reason = undefined("parameter 'reason' was not provided", name='reason')
        pass
        l_1_number = context.call(environment.getattr(l_1_reason, 'fact'), 'pull_request')
        if ((((undefined(name='number') if l_1_number is missing else l_1_number) and context.call(environment.getattr((undefined(name='number') if l_1_number is missing else l_1_number), 'isdecimal'))) and context.call(environment.getattr((undefined(name='number') if l_1_number is missing else l_1_number), 'isascii'))) and (t_7((undefined(name='number') if l_1_number is missing else l_1_number)) < 10)):
            pass
            t_38.extend((
                'pull request #',
                str((undefined(name='number') if l_1_number is missing else l_1_number)),
            ))
        elif (undefined(name='number') if l_1_number is missing else l_1_number):
            pass
            t_38.extend((
                'pull request ',
                str(t_1(context, (undefined(name='number') if l_1_number is missing else l_1_number))),
            ))
        else:
            pass
            t_38.append(
                'the pull request',
            )
        return concat(t_38)
    context.exported_vars.add('pull_request')
    context.vars['pull_request'] = l_0_pull_request = Macro(environment, macro, 'pull_request', ('reason',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_reason):
        t_39 = []
        if l_1_reason is missing:
            l_1_reason = undefined("parameter 'reason' was not provided", name='reason')
        pass
        if context.call(environment.getattr(l_1_reason, 'fact'), 'commit'):
            pass
            t_39.extend((
                ' at ',
                str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'commit')[:12])),
            ))
        return concat(t_39)
    context.exported_vars.add('at_commit')
    context.vars['at_commit'] = l_0_at_commit = Macro(environment, macro, 'at_commit', ('reason',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_text):
        t_40 = []
        if l_1_text is missing:
            l_1_text = undefined("parameter 'text' was not provided", name='text')
        pass
        if (((l_1_text and context.call(environment.getattr(l_1_text, 'isdecimal'))) and context.call(environment.getattr(l_1_text, 'isascii'))) and (t_7(l_1_text) < 10)):
            pass
            t_40.extend((
                '#',
                str(l_1_text),
            ))
        else:
            pass
            t_40.append(
                str(t_1(context, l_1_text)),
            )
        return concat(t_40)
    context.exported_vars.add('number')
    context.vars['number'] = l_0_number = Macro(environment, macro, 'number', ('text',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_reason, l_1_name, l_1_otherwise):
        t_41 = []
        l_1_redactor = resolve('redactor')
        l_1_named = l_1_count = missing
        if l_1_reason is missing:
            l_1_reason = undefined("parameter 'reason' was not provided", name='reason')
        if l_1_name is missing:
            l_1_name = undefined("parameter 'name' was not provided", name='name')
        if l_1_otherwise is missing:
            l_1_otherwise = undefined("parameter 'otherwise' was not provided", name='otherwise')
        pass
        l_1_named = t_17(context, context.call(environment.getattr(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), context.call(environment.getattr(l_1_reason, 'fact'), l_1_name)), 'split'), '\n'))
        l_1_count = context.call(environment.getattr(l_1_reason, 'fact'), 'count')
        def t_42(fiter):
            for l_2_item in fiter:
                if l_2_item:
                    yield l_2_item
        l_2_loop = missing
        t_43 = 1
        for l_2_item, l_2_loop in LoopContext(t_42((undefined(name='named') if l_1_named is missing else l_1_named)), undefined):
            _loop_vars = {}
            pass
            t_41.extend((
                str(t_1(context, l_2_item)),
                str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 149 in 'words.md.j2' evaluated to false and no else section was defined."))),
            ))
            t_43 = 0
        l_2_loop = l_2_item = missing
        if t_43:
            pass
            t_41.append(
                str(l_1_otherwise),
            )
        if (((((undefined(name='count') if l_1_count is missing else l_1_count) and context.call(environment.getattr((undefined(name='count') if l_1_count is missing else l_1_count), 'isdecimal'))) and context.call(environment.getattr((undefined(name='count') if l_1_count is missing else l_1_count), 'isascii'))) and (t_7((undefined(name='count') if l_1_count is missing else l_1_count)) < 10)) and (t_4((undefined(name='count') if l_1_count is missing else l_1_count)) > t_7((undefined(name='named') if l_1_named is missing else l_1_named)))):
            pass
            t_41.extend((
                ' and ',
                str((t_4((undefined(name='count') if l_1_count is missing else l_1_count)) - t_7((undefined(name='named') if l_1_named is missing else l_1_named)))),
                ' more',
            ))
        return concat(t_41)
    context.exported_vars.add('listed')
    context.vars['listed'] = l_0_listed = Macro(environment, macro, 'listed', ('reason', 'name', 'otherwise'), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_text, l_1_seconds_before):
        t_44 = []
        if l_1_text is missing:
            l_1_text = undefined("parameter 'text' was not provided", name='text')
        if l_1_seconds_before is missing:
            l_1_seconds_before = undefined("parameter 'seconds_before' was not provided", name='seconds_before')
        pass
        if t_10(l_1_text):
            pass
            t_44.append(
                str(t_10(l_1_text, l_1_seconds_before)),
            )
        else:
            pass
            t_44.append(
                str(t_1(context, l_1_text)),
            )
        return concat(t_44)
    context.exported_vars.add('time')
    context.vars['time'] = l_0_time = Macro(environment, macro, 'time', ('text', 'seconds_before'), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_45 = []
        l_1_report = resolve('report')
        pass
        if environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying'):
            pass
            t_45.append(
                'run this again',
            )
        else:
            pass
            t_45.append(
                're-run this job, or leave it to the next scheduled run',
            )
        return concat(t_45)
    context.exported_vars.add('again')
    context.vars['again'] = l_0_again = Macro(environment, macro, 'again', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_reason):
        t_46 = []
        l_1_environment = resolve('environment')
        l_1_report = resolve('report')
        l_1_name = l_1_here = l_1_below = missing
        if l_1_reason is missing:
            l_1_reason = undefined("parameter 'reason' was not provided", name='reason')
        pass
        l_1_name = environment.getattr(environment.getattr(l_1_reason, 'reason'), 'value')
        l_1_here = context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'environment', t_1(context, (undefined(name='environment') if l_1_environment is missing else l_1_environment)))
        l_1_below = context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'below', 'the environment below')
        if ((undefined(name='name') if l_1_name is missing else l_1_name) == 'SKIPS_ENVIRONMENT'):
            pass
            t_46.extend((
                'Changes reach ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' only from ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
            ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'source'):
                pass
                t_46.extend((
                    ', and this comes from ',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'source'))),
                ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'files'):
                pass
                t_46.extend((
                    '. Not applied in ',
                    str((undefined(name='below') if l_1_below is missing else l_1_below)),
                    ': ',
                    str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_reason, 'files', '')),
                ))
            t_46.append(
                '. Merge it into the lowest environment and promote it from there, one environment after the other.',
            )
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'NOT_FROM_SOURCE'):
            pass
            t_46.extend((
                'Neither applied in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' nor on its branch: ',
                str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_reason, 'files', 'some of its files')),
                '. Let that climb from the lowest environment first, or ',
                str((str_join(('undo it by a pull request to ', (undefined(name='here') if l_1_here is missing else l_1_here), )) if environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying') else 'take it out of this pull request')),
                '.',
            ))
        elif (((undefined(name='name') if l_1_name is missing else l_1_name) == 'NOT_APPLIED_BELOW') and context.call(environment.getattr(l_1_reason, 'fact'), 'files')):
            pass
            t_46.extend((
                'On the branch of ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' and not applied there yet',
            ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'commit'):
                pass
                t_46.extend((
                    ' (applied is ',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'commit')[:12])),
                    ')',
                ))
            t_46.extend((
                ': ',
                str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_reason, 'files', '')),
                '. Wait for a successful apply there, then ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '. Or dispatch `promote`: it carries only what is applied.',
            ))
        elif (((undefined(name='name') if l_1_name is missing else l_1_name) == 'NOT_APPLIED_BELOW') and context.call(environment.getattr(l_1_reason, 'fact'), 'commit')):
            pass
            t_46.extend((
                'This content did not stand in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' when it was merged; its apply there',
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ' is of another time. Merge another pull request to ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ': what counts is how ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' stands when the newest one is merged.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'NOT_APPLIED_BELOW'):
            pass
            t_46.extend((
                'Nothing is applied in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' yet. Merge there and wait for a successful apply, then ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'NOT_CONVERGED_BELOW'):
            pass
            t_46.extend((
                'This content is applied in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ', but a plan right after that still showed changes, or could not be made. Bring ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' to a plan without changes, then ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '.',
            ))
        elif (((undefined(name='name') if l_1_name is missing else l_1_name) == 'SOAKING') and context.call(environment.getattr(l_1_reason, 'fact'), 'until')):
            pass
            t_46.extend((
                'This content works in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
            ))
            if t_10(context.call(environment.getattr(l_1_reason, 'fact'), 'until'), context.call(environment.getattr(l_1_reason, 'fact'), 'soak')):
                pass
                t_46.extend((
                    ' since ',
                    str(context.call((undefined(name='time') if l_0_time is missing else l_0_time), context.call(environment.getattr(l_1_reason, 'fact'), 'until'), context.call(environment.getattr(l_1_reason, 'fact'), 'soak'))),
                ))
            t_46.extend((
                '; ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' asks for ',
                str(context.call((undefined(name='soak') if l_0_soak is missing else l_0_soak), l_1_reason)),
                ' there: ',
            ))
            if environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying'):
                pass
                t_46.extend((
                    'run this again from ',
                    str(context.call((undefined(name='time') if l_0_time is missing else l_0_time), context.call(environment.getattr(l_1_reason, 'fact'), 'until'), '')),
                    ' on.',
                ))
            else:
                pass
                t_46.extend((
                    'green from ',
                    str(context.call((undefined(name='time') if l_0_time is missing else l_0_time), context.call(environment.getattr(l_1_reason, 'fact'), 'until'), '')),
                    ' on, by the next scheduled run.',
                ))
        elif (((undefined(name='name') if l_1_name is missing else l_1_name) == 'SOAKING') and context.call(environment.getattr(l_1_reason, 'fact'), 'ended')):
            pass
            t_46.extend((
                'This content stood in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' only until ',
                str(context.call((undefined(name='time') if l_0_time is missing else l_0_time), context.call(environment.getattr(l_1_reason, 'fact'), 'ended'), '')),
                ', when another one was applied; ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' asks for ',
                str(context.call((undefined(name='soak') if l_0_soak is missing else l_0_soak), l_1_reason)),
                '. Promote what is applied in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' now.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'SOAKING'):
            pass
            t_46.extend((
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' asks for ',
                str(context.call((undefined(name='soak') if l_0_soak is missing else l_0_soak), l_1_reason)),
                ' in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ', and it is not known since when this content',
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ' stands there. Run its apply in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' once more: the time counts from then on.',
            ))
        elif (((undefined(name='name') if l_1_name is missing else l_1_name) == 'BROKEN_BELOW') and (context.call(environment.getattr(l_1_reason, 'fact'), 'state') == 'running')):
            pass
            t_46.extend((
                'An apply in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ' has not ended. Wait for it, then ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'BROKEN_BELOW'):
            pass
            t_46.extend((
                'The last apply in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' failed',
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                '. Repair ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' first; once its apply succeeds, ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'DRIFTED_BELOW'):
            pass
            t_46.extend((
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' is no longer what was applied',
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ': a plan of that shows changes. Dispatch `plan` there to see them, undo them or apply, and dispatch `plan` once more; when it shows none, ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'BEHIND_TARGET'):
            pass
            t_46.extend((
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' has content that ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' lacks, such as a hotfix: ',
                str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_reason, 'files', 'some files')),
                '. Merged together they would be what was never applied. Bring it down first: merge its back-flow, or have it climb from the lowest environment. Once it is applied in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ', promote again.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'PARTIAL_PROMOTION'):
            pass
            t_46.extend((
                'Applied in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ' and not brought along: ',
                str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_reason, 'files', 'some files')),
                '. Promote all of it by dispatching `promote`, or allow a part by `promotion.partial: true` for ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'OLDER_BELOW'):
            pass
            t_46.extend((
                'This is what was applied in ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
            ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'older'):
                pass
                t_46.extend((
                    ' at ',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'older')[:12])),
                ))
            if t_10(context.call(environment.getattr(l_1_reason, 'fact'), 'at')):
                pass
                t_46.extend((
                    ' on ',
                    str(context.call((undefined(name='time') if l_0_time is missing else l_0_time), context.call(environment.getattr(l_1_reason, 'fact'), 'at'), '')),
                ))
            t_46.append(
                ', and not what is now',
            )
            if context.call(environment.getattr(l_1_reason, 'fact'), 'commit'):
                pass
                t_46.extend((
                    ' (',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'commit')[:12])),
                    ')',
                ))
            t_46.extend((
                '. Dispatch `promote` to bring what is, or allow older content by `promotion.allow_older: true` for ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'NOT_APPROVED'):
            pass
            t_46.append(
                'The plan made just now holds changes that no merged pull request showed',
            )
            if context.call(environment.getattr(l_1_reason, 'fact'), 'actual'):
                pass
                t_46.extend((
                    ': ',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'actual'))),
                ))
            t_46.extend((
                '. Nothing was applied. Open a pull request to ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' so that its plan shows them, review it and merge it.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'NO_APPROVAL'):
            pass
            t_46.extend((
                'There is no recorded plan to compare with for ',
                str(context.call((undefined(name='pull_request') if l_0_pull_request is missing else l_0_pull_request), l_1_reason)),
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
            ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'detail'):
                pass
                t_46.extend((
                    ': ',
                    str(t_3(context, context.call(environment.getattr(l_1_reason, 'fact'), 'detail'))),
                ))
            else:
                pass
                t_46.append(
                    '.',
                )
            t_46.extend((
                ' Open a new pull request to ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ': its plan shows everything that is not applied yet. Review it and merge it.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'REVIEWS_MISSING'):
            pass
            t_46.extend((
                'The last commit of ',
                str(context.call((undefined(name='pull_request') if l_0_pull_request is missing else l_0_pull_request), l_1_reason)),
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ' must have been approved by ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'needed', 'so many')),
                ' or more people with write access, other than its author, after its plan first showed these changes; ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'given', 'fewer')),
                ' did. A merged pull request can still be approved on GitHub: have that done, then run this again.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'TOOL_CHANGED'):
            pass
            t_46.extend((
                'Terraform is not the version the approved plan was made with (approved: ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'expected', 'unknown')),
                ', now: ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'actual', 'unknown')),
                '). Use the approved version, or have a plan of the new one reviewed.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'LOCK_FILE_CHANGED'):
            pass
            t_46.append(
                'The dependency lock file is not the one the approved plan was made with',
            )
            if context.call(environment.getattr(l_1_reason, 'fact'), 'files'):
                pass
                t_46.extend((
                    ' (',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'files'))),
                    ')',
                ))
            t_46.append(
                '. Have a plan with the new `.terraform.lock.hcl` reviewed in a pull request, or restore the approved one.',
            )
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'STATE_REPLACED'):
            pass
            t_46.append(
                'The Terraform state is not the one the approved plan was made against',
            )
            if context.call(environment.getattr(l_1_reason, 'fact'), 'expected'):
                pass
                t_46.extend((
                    ' (approved: ',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'expected'))),
                    ', now: ',
                    str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'actual', 'none')),
                    ')',
                ))
            t_46.append(
                ". Check the backend's settings; if the state was moved on purpose, plan again in a pull request.",
            )
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'BRANCH_REWRITTEN'):
            pass
            t_46.extend((
                'The branch of ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' no longer contains the commit that was applied last',
                str(context.call((undefined(name='at_commit') if l_0_at_commit is missing else l_0_at_commit), l_1_reason)),
                ', so no approval counts. Bring that commit back into its history (`git merge -s ours` in a pull request keeps the new content), or move the branch back.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'LEDGER_UNPROVEN'):
            pass
            t_46.extend((
                'None of the successful applies of ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                " that are on record is proven to be one of this bot's runs",
            ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'count'):
                pass
                t_46.extend((
                    ' (',
                    str(t_3(context, context.call(environment.getattr(l_1_reason, 'fact'), 'count'))),
                    ' without a proof that holds)',
                ))
            t_46.extend((
                ', so it is not known what is applied. Dispatch `baseline` for ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' to begin a ledger with proofs.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'APPROVER_NOT_LISTED'):
            pass
            t_46.extend((
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'actor', 'Whoever dispatched this')),
                ' may not approve changes of ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ': `approval.by` names those who may.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'APPROVED_ANOTHER_PLAN'):
            pass
            t_46.extend((
                'The digest in `approve` is not that of the plan made just now, or it has expired. Read the changes again; the digest of this plan is ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'actual', 'unknown')),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'PLAN_FAILED'):
            pass
            t_46.append(
                'Terraform could not make a plan',
            )
            if context.call(environment.getattr(l_1_reason, 'fact'), 'actual'):
                pass
                t_46.extend((
                    ' (',
                    str(t_3(context, context.call(environment.getattr(l_1_reason, 'fact'), 'actual'))),
                    ')',
                ))
            t_46.append(
                '. Correct the errors shown here and push again.',
            )
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'PROTECTED'):
            pass
            t_46.extend((
                str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_reason, 'addresses', 'Protected resources')),
                ' in ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' must not be destroyed or replaced',
            ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'project'):
                pass
                t_46.extend((
                    ' (project ',
                    str(t_1(context, context.call(environment.getattr(l_1_reason, 'fact'), 'project'))),
                    ')',
                ))
            t_46.extend((
                '. Change the pull request so that this stays as it is, or ask somebody who may override the guards of ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'TOO_MANY_DESTROYS'):
            pass
            t_46.extend((
                'One apply to ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' may destroy or replace at most ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'limit', 'a few')),
                ', and this one would ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'count', 'more')),
                '. Split the change, or ask somebody who may override the guards of ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'FROZEN'):
            pass
            t_46.extend((
                'Nothing is applied to ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' until ',
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'until', 'its freeze is over')),
            ))
            if context.call(environment.getattr(l_1_reason, 'fact'), 'reason'):
                pass
                t_46.extend((
                    ' (',
                    str(t_3(context, context.call(environment.getattr(l_1_reason, 'fact'), 'reason'))),
                    ')',
                ))
            t_46.extend((
                '. After that, ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '. What cannot wait: ask somebody who may override the guards of ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                '.',
            ))
        else:
            pass
            t_46.extend((
                str(t_2((undefined(name='name') if l_1_name is missing else l_1_name))),
                ': see the reference of block reasons.',
            ))
        return concat(t_46)
    context.exported_vars.add('because')
    context.vars['because'] = l_0_because = Macro(environment, macro, 'because', ('reason',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_reason):
        t_47 = []
        if l_1_reason is missing:
            l_1_reason = undefined("parameter 'reason' was not provided", name='reason')
        pass
        if t_11(context.call(environment.getattr(l_1_reason, 'fact'), 'soak')):
            pass
            t_47.append(
                str(t_11(context.call(environment.getattr(l_1_reason, 'fact'), 'soak'))),
            )
        else:
            pass
            t_47.append(
                str(context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_reason, 'soak', 'a time')),
            )
        return concat(t_47)
    context.exported_vars.add('soak')
    context.vars['soak'] = l_0_soak = Macro(environment, macro, 'soak', ('reason',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_text):
        t_48 = []
        l_1_redactor = resolve('redactor')
        if l_1_text is missing:
            l_1_text = undefined("parameter 'text' was not provided", name='text')
        pass
        l_2_loop = missing
        for l_2_name, l_2_loop in LoopContext(t_17(context, context.call(environment.getattr(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), l_1_text), 'split'), ', ')), undefined):
            _loop_vars = {}
            pass
            t_48.extend((
                str(t_1(context, l_2_name)),
                str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 233 in 'words.md.j2' evaluated to false and no else section was defined."))),
            ))
        l_2_loop = l_2_name = missing
        return concat(t_48)
    context.exported_vars.add('names_in')
    context.vars['names_in'] = l_0_names_in = Macro(environment, macro, 'names_in', ('text',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_note):
        t_49 = []
        l_1_environment = resolve('environment')
        l_1_redactor = resolve('redactor')
        l_1_name = l_1_here = l_1_below = missing
        if l_1_note is missing:
            l_1_note = undefined("parameter 'note' was not provided", name='note')
        pass
        l_1_name = environment.getattr(environment.getattr(l_1_note, 'note'), 'value')
        l_1_here = context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_note, 'environment', t_1(context, (undefined(name='environment') if l_1_environment is missing else l_1_environment)))
        l_1_below = context.call((undefined(name='fact') if l_0_fact is missing else l_0_fact), l_1_note, 'below', 'the environment below')
        if ((undefined(name='name') if l_1_name is missing else l_1_name) == 'UNUSED_BELOW'):
            pass
            t_49.extend((
                'Only ',
                str((undefined(name='here') if l_1_here is missing else l_1_here)),
                ' reads ',
                str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_note, 'files', 'some files')),
                ', and ',
                str((undefined(name='below') if l_1_below is missing else l_1_below)),
                ' never did: that it works is proven by nothing.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'IGNORED'):
            pass
            t_49.extend((
                'Left out by `promotion.ignore`: ',
                str(context.call((undefined(name='listed') if l_0_listed is missing else l_0_listed), l_1_note, 'files', 'some files')),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'HOTFIX_ASKED'):
            pass
            t_49.append(
                'The label asks to let this in as a hotfix. It takes an approving review of the last commit',
            )
            if context.call(environment.getattr(l_1_note, 'fact'), 'by'):
                pass
                t_49.extend((
                    ' by one of ',
                    str(context.call((undefined(name='names_in') if l_0_names_in is missing else l_0_names_in), context.call(environment.getattr(l_1_note, 'fact'), 'by'))),
                ))
            t_49.extend((
                ', then ',
                str(context.call((undefined(name='again') if l_0_again is missing else l_0_again))),
                '.',
            ))
        elif ((undefined(name='name') if l_1_name is missing else l_1_name) == 'HOTFIX_NOT_BELOW'):
            pass
            t_49.append(
                'The hotfix',
            )
            if context.call(environment.getattr(l_1_note, 'fact'), 'hotfix'):
                pass
                t_49.extend((
                    ' ',
                    str(context.call((undefined(name='number') if l_0_number is missing else l_0_number), context.call(environment.getattr(l_1_note, 'fact'), 'hotfix'))),
                ))
            t_49.append(
                ' is not in ',
            )
            if context.call(environment.getattr(l_1_note, 'fact'), 'environments'):
                pass
                t_49.append(
                    str(context.call((undefined(name='names_in') if l_0_names_in is missing else l_0_names_in), context.call(environment.getattr(l_1_note, 'fact'), 'environments'))),
                )
            else:
                pass
                t_49.append(
                    'every environment below',
                )
            t_49.append(
                ' yet. Merge its back-flow',
            )
            if context.call(environment.getattr(l_1_note, 'fact'), 'pull_requests'):
                pass
                t_49.append(
                    ' (',
                )
                l_2_loop = missing
                for l_2_one, l_2_loop in LoopContext(t_17(context, context.call(environment.getattr(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), context.call(environment.getattr(l_1_note, 'fact'), 'pull_requests')), 'split'), ', ')), undefined):
                    _loop_vars = {}
                    pass
                    t_49.extend((
                        str(context.call((undefined(name='number') if l_0_number is missing else l_0_number), l_2_one, _loop_vars=_loop_vars)),
                        str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 247 in 'words.md.j2' evaluated to false and no else section was defined."))),
                    ))
                l_2_loop = l_2_one = missing
                t_49.append(
                    ')',
                )
            t_49.append(
                ' before the next promotion.',
            )
        else:
            pass
            t_49.append(
                str(t_1(context, (undefined(name='name') if l_1_name is missing else l_1_name))),
            )
        return concat(t_49)
    context.exported_vars.add('noted')
    context.vars['noted'] = l_0_noted = Macro(environment, macro, 'noted', ('note',), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_50 = []
        l_1_report = resolve('report')
        pass
        for l_2_note in t_17(context, environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'notes')):
            _loop_vars = {}
            pass
            t_50.extend((
                str(('🚒' if (environment.getattr(environment.getattr(l_2_note, 'note'), 'value') in ('HOTFIX_ASKED', 'HOTFIX_NOT_BELOW')) else 'ℹ️')),
                ' ',
                str(context.call((undefined(name='noted') if l_0_noted is missing else l_0_noted), l_2_note, _loop_vars=_loop_vars)),
                ' <sub>`',
                str(environment.getattr(environment.getattr(l_2_note, 'note'), 'value')),
                '`</sub>\n\n',
            ))
        l_2_note = missing
        t_50.append(
            str(context.call((undefined(name='more') if l_0_more is missing else l_0_more), environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'notes'))),
        )
        return concat(t_50)
    context.exported_vars.add('notes')
    context.vars['notes'] = l_0_notes = Macro(environment, macro, 'notes', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_title, l_1_reasons):
        t_51 = []
        if l_1_title is missing:
            l_1_title = undefined("parameter 'title' was not provided", name='title')
        if l_1_reasons is missing:
            l_1_reasons = undefined("parameter 'reasons' was not provided", name='reasons')
        pass
        t_51.extend((
            '⛔ **',
            str(l_1_title),
            '**\n\n',
        ))
        for l_2_reason in t_17(context, l_1_reasons):
            _loop_vars = {}
            pass
            t_51.extend((
                '- ',
                str(context.call((undefined(name='because') if l_0_because is missing else l_0_because), l_2_reason, _loop_vars=_loop_vars)),
                ' <sub>',
                str(t_2(environment.getattr(environment.getattr(l_2_reason, 'reason'), 'value'))),
                '</sub>\n',
            ))
        l_2_reason = missing
        t_51.extend((
            '\n',
            str(context.call((undefined(name='more') if l_0_more is missing else l_0_more), l_1_reasons)),
        ))
        return concat(t_51)
    context.exported_vars.add('because_of')
    context.vars['because_of'] = l_0_because_of = Macro(environment, macro, 'because_of', ('title', 'reasons'), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_verdict):
        t_52 = []
        l_1_environment = resolve('environment')
        l_1_how = l_1_at = missing
        if l_1_verdict is missing:
            l_1_verdict = undefined("parameter 'verdict' was not provided", name='verdict')
        pass
        l_1_how = environment.getattr(environment.getattr(l_1_verdict, 'proven'), 'value')
        l_1_at = t_1(context, environment.getattr(l_1_verdict, 'commit')[:12])
        if ((undefined(name='how') if l_1_how is missing else l_1_how) == 'hotfix'):
            pass
            t_52.append(
                '🚒 **Hotfix**: let through',
            )
            if environment.getattr(l_1_verdict, 'by'):
                pass
                t_52.append(
                    ' by ',
                )
                l_2_loop = missing
                for l_2_login, l_2_loop in LoopContext(t_17(context, environment.getattr(l_1_verdict, 'by')), undefined):
                    _loop_vars = {}
                    pass
                    t_52.extend((
                        str(t_1(context, l_2_login)),
                        str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 275 in 'words.md.j2' evaluated to false and no else section was defined."))),
                    ))
                l_2_loop = l_2_login = missing
            if environment.getattr(l_1_verdict, 'instead_of'):
                pass
                t_52.append(
                    ', past ',
                )
                l_2_loop = missing
                for l_2_reason, l_2_loop in LoopContext(t_17(context, environment.getattr(l_1_verdict, 'instead_of')), undefined):
                    _loop_vars = {}
                    pass
                    t_52.extend((
                        str(t_1(context, environment.getattr(environment.getattr(l_2_reason, 'reason'), 'value'))),
                        str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 275 in 'words.md.j2' evaluated to false and no else section was defined."))),
                    ))
                l_2_loop = l_2_reason = missing
            t_52.append(
                '. Once it is applied, pull requests that bring it into every environment below are opened.',
            )
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'backflow'):
            pass
            t_52.extend((
                '✅ **Promotion allowed**: it brings down what a hotfix put into ',
                str(t_1(context, environment.getattr(l_1_verdict, 'below'))),
                '.',
            ))
        elif (not environment.getattr(l_1_verdict, 'below')):
            pass
            t_52.extend((
                '✅ **Promotion allowed**: ',
                str(t_1(context, (undefined(name='environment') if l_1_environment is missing else l_1_environment))),
                ' is the lowest environment.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'unchanged'):
            pass
            t_52.extend((
                '✅ **Promotion allowed**: it brings no file that would have to work in ',
                str(t_1(context, environment.getattr(l_1_verdict, 'below'))),
                ' first.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'partial'):
            pass
            t_52.extend((
                '✅ **Promotion allowed**: every file it changes works in ',
                str(t_1(context, environment.getattr(l_1_verdict, 'below'))),
            ))
            if environment.getattr(l_1_verdict, 'commit'):
                pass
                t_52.extend((
                    ' (applied at ',
                    str((undefined(name='at') if l_1_at is missing else l_1_at)),
                    ')',
                ))
            t_52.append(
                '.',
            )
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'older'):
            pass
            t_52.extend((
                '✅ **Promotion allowed**: this content worked in ',
                str(t_1(context, environment.getattr(l_1_verdict, 'below'))),
                ' before what is applied there now',
            ))
            if environment.getattr(l_1_verdict, 'commit'):
                pass
                t_52.extend((
                    ' (applied at ',
                    str((undefined(name='at') if l_1_at is missing else l_1_at)),
                    ')',
                ))
            t_52.append(
                '.',
            )
        else:
            pass
            t_52.extend((
                '✅ **Promotion allowed**: this content works in ',
                str(t_1(context, environment.getattr(l_1_verdict, 'below'))),
            ))
            if environment.getattr(l_1_verdict, 'commit'):
                pass
                t_52.extend((
                    ' (applied at ',
                    str((undefined(name='at') if l_1_at is missing else l_1_at)),
                    ')',
                ))
            t_52.append(
                '.',
            )
        return concat(t_52)
    context.exported_vars.add('allowed')
    context.vars['allowed'] = l_0_allowed = Macro(environment, macro, 'allowed', ('verdict',), False, False, False, context.eval_ctx.autoescape)
    l_0_of_plan = ('PROTECTED', 'TOO_MANY_DESTROYS')
    context.vars['of_plan'] = l_0_of_plan
    context.exported_vars.add('of_plan')
    def macro():
        t_53 = []
        l_1_report = resolve('report')
        l_1_reasons = resolve('reasons')
        pass
        if (not t_20(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'))):
            pass
            if t_19(environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons')):
                pass
                l_1_reasons = t_8(context.eval_ctx, t_13(context, environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'), 'reason.value', 'in', (undefined(name='of_plan') if l_0_of_plan is missing else l_0_of_plan)))
                if (undefined(name='reasons') if l_1_reasons is missing else l_1_reasons):
                    pass
                    t_53.append(
                        str(context.call((undefined(name='because_of') if l_0_because_of is missing else l_0_because_of), 'Promotion blocked', (undefined(name='reasons') if l_1_reasons is missing else l_1_reasons))),
                    )
            else:
                pass
                t_53.append(
                    str(context.call((undefined(name='allowed') if l_0_allowed is missing else l_0_allowed), environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'))),
                )
            t_53.extend((
                '\n\n',
                str(context.call((undefined(name='notes') if l_0_notes is missing else l_0_notes))),
            ))
        return concat(t_53)
    context.exported_vars.add('promotion')
    context.vars['promotion'] = l_0_promotion = Macro(environment, macro, 'promotion', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_54 = []
        l_1_report = resolve('report')
        l_1_reasons = resolve('reasons')
        pass
        if ((not t_20(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'))) and t_19(environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'))):
            pass
            l_1_reasons = t_8(context.eval_ctx, t_15(context, environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'), 'reason.value', 'in', (undefined(name='of_plan') if l_0_of_plan is missing else l_0_of_plan)))
            if (undefined(name='reasons') if l_1_reasons is missing else l_1_reasons):
                pass
                t_54.append(
                    str(context.call((undefined(name='because_of') if l_0_because_of is missing else l_0_because_of), 'Blocked', (undefined(name='reasons') if l_1_reasons is missing else l_1_reasons))),
                )
        return concat(t_54)
    context.exported_vars.add('guards')
    context.vars['guards'] = l_0_guards = Macro(environment, macro, 'guards', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_55 = []
        l_1_report = resolve('report')
        l_1_count = resolve('count')
        pass
        if ((not t_20(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'))) and t_19(environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'))):
            pass
            l_1_count = t_7(t_8(context.eval_ctx, t_13(context, environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'), 'reason.value', 'in', (() if environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying') else (undefined(name='of_plan') if l_0_of_plan is missing else l_0_of_plan)))))
            if (undefined(name='count') if l_1_count is missing else l_1_count):
                pass
                t_55.extend((
                    '⛔ ',
                    str(('Nothing was applied,' if environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying') else 'Promotion blocked')),
                    ' for ',
                    str((undefined(name='count') if l_1_count is missing else l_1_count)),
                    ' ',
                    str(('reason' if ((undefined(name='count') if l_1_count is missing else l_1_count) == 1) else 'reasons')),
                    '.',
                ))
                if (not environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying')):
                    pass
                    t_55.append(
                        ' The check `gitops-bot: promotion` has them.',
                    )
        elif ((not t_20(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'))) and (not environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying'))):
            pass
            t_55.append(
                '✅ Promotion allowed.',
            )
        return concat(t_55)
    context.exported_vars.add('briefly')
    context.vars['briefly'] = l_0_briefly = Macro(environment, macro, 'briefly', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_56 = []
        l_1_report = resolve('report')
        l_1_count = resolve('count')
        pass
        if (((not t_20(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'))) and t_19(environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'))) and (not environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying'))):
            pass
            l_1_count = t_7(t_8(context.eval_ctx, t_15(context, environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'), 'reason.value', 'in', (undefined(name='of_plan') if l_0_of_plan is missing else l_0_of_plan))))
            if (undefined(name='count') if l_1_count is missing else l_1_count):
                pass
                t_56.extend((
                    '⛔ Blocked for ',
                    str((undefined(name='count') if l_1_count is missing else l_1_count)),
                    ' ',
                    str(('reason' if ((undefined(name='count') if l_1_count is missing else l_1_count) == 1) else 'reasons')),
                    '.',
                ))
        return concat(t_56)
    context.exported_vars.add('briefly_guarded')
    context.vars['briefly_guarded'] = l_0_briefly_guarded = Macro(environment, macro, 'briefly_guarded', (), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_57 = []
        l_1_report = resolve('report')
        pass
        if t_20(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict')):
            pass
        elif (environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'applying') and t_19(environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'))):
            pass
            t_57.extend((
                str(context.call((undefined(name='because_of') if l_0_because_of is missing else l_0_because_of), 'Nothing was applied', environment.getattr(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'verdict'), 'reasons'))),
                '\n',
                str(context.call((undefined(name='notes') if l_0_notes is missing else l_0_notes))),
            ))
        else:
            pass
            t_57.extend((
                str(context.call((undefined(name='promotion') if l_0_promotion is missing else l_0_promotion))),
                '\n',
                str(context.call((undefined(name='guards') if l_0_guards is missing else l_0_guards))),
            ))
        return concat(t_57)
    context.exported_vars.add('verdict')
    context.vars['verdict'] = l_0_verdict = Macro(environment, macro, 'verdict', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_items):
        t_58 = []
        l_1_rows = resolve('rows')
        if l_1_items is missing:
            l_1_items = undefined("parameter 'items' was not provided", name='items')
        pass
        if (t_7(l_1_items) > (undefined(name='rows') if l_1_rows is missing else l_1_rows)):
            pass
            t_58.extend((
                '\n… and ',
                str((t_7(l_1_items) - (undefined(name='rows') if l_1_rows is missing else l_1_rows))),
                ' more.\n',
            ))
        return concat(t_58)
    context.exported_vars.add('more')
    context.vars['more'] = l_0_more = Macro(environment, macro, 'more', ('items',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_closest):
        t_59 = []
        if l_1_closest is missing:
            l_1_closest = undefined("parameter 'closest' was not provided", name='closest')
        pass
        if environment.getattr(l_1_closest, 'pull_request'):
            pass
            t_59.append(
                str(t_12(environment.getattr(l_1_closest, 'pull_request'))),
            )
        else:
            pass
            t_59.append(
                'An approval',
            )
        return concat(t_59)
    context.exported_vars.add('approver')
    context.vars['approver'] = l_0_approver = Macro(environment, macro, 'approver', ('closest',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_items):
        t_60 = []
        if l_1_items is missing:
            l_1_items = undefined("parameter 'items' was not provided", name='items')
        pass
        l_2_loop = missing
        for l_2_name, l_2_loop in LoopContext(l_1_items[:8], undefined):
            _loop_vars = {}
            pass
            t_60.extend((
                str(t_1(context, l_2_name)),
                str((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 353 in 'words.md.j2' evaluated to false and no else section was defined."))),
            ))
        l_2_loop = l_2_name = missing
        if (t_7(l_1_items) > 8):
            pass
            t_60.extend((
                ' and ',
                str((t_7(l_1_items) - 8)),
                ' more',
            ))
        return concat(t_60)
    context.exported_vars.add('names')
    context.vars['names'] = l_0_names = Macro(environment, macro, 'names', ('items',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_item):
        t_61 = []
        l_1_found = l_1_how = missing
        if l_1_item is missing:
            l_1_item = undefined("parameter 'item' was not provided", name='item')
        pass
        l_1_found = environment.getattr(l_1_item, 'closest')
        l_1_how = environment.getattr(environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'difference'), 'value')
        if ((undefined(name='how') if l_1_how is missing else l_1_how) == 'unknown-address'):
            pass
            t_61.append(
                'No approval names it.',
            )
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'other-action'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved ',
            ))
            if environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'kinds'):
                pass
                t_61.append(
                    str(context.call((undefined(name='names') if l_0_names is missing else l_0_names), environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'kinds'))),
                )
            else:
                pass
                t_61.append(
                    'something else',
                )
            t_61.append(
                ' here.',
            )
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'other-paths'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved an update here, but not of this attribute.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'not-compared'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved the same action here. Its values cannot be compared: that plan was made before this state existed, or on another one.',
            ))
        elif (((undefined(name='how') if l_1_how is missing else l_1_how) == 'value') and environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'attributes')):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this with other values of ',
                str(context.call((undefined(name='names') if l_0_names is missing else l_0_names), environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'attributes'))),
                '.',
            ))
        elif (((undefined(name='how') if l_1_how is missing else l_1_how) == 'value') and (environment.getattr(l_1_item, 'kind') in ('delete', 'forget'))):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this for another object.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'value'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this with another value.',
            ))
        elif (((undefined(name='how') if l_1_how is missing else l_1_how) == 'now-unknown') and environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'attributes')):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this with known values of ',
                str(context.call((undefined(name='names') if l_0_names is missing else l_0_names), environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'attributes'))),
                '; now they are known only after the apply.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'now-unknown'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this with a known value; now it is known only after the apply.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'sensitive'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this; only a sensitive value differs.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'context'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this with other provisioners or another configuration of its provider.',
            ))
        elif ((undefined(name='how') if l_1_how is missing else l_1_how) == 'revealed'):
            pass
            t_61.extend((
                str(context.call((undefined(name='approver') if l_0_approver is missing else l_0_approver), (undefined(name='found') if l_1_found is missing else l_1_found))),
                ' approved this, but what was sensitive would now be shown.',
            ))
        return concat(t_61)
    context.exported_vars.add('closest')
    context.vars['closest'] = l_0_closest = Macro(environment, macro, 'closest', ('item',), False, False, False, context.eval_ctx.autoescape)
    l_0_noises = {'timestamp': 'it holds the time of this plan, as `plantimestamp()` gives', 'runner-path': "it holds the path of this run's checkout", 'empty': 'it was empty and stays so, only null, `""`, `[]` and `{}` change places', 'json-text': 'the JSON means the same as before', 'list-order': 'the list is the same in another order', 'number-text': 'the value is the same, once as a number or boolean and once as text'}
    context.vars['noises'] = l_0_noises
    context.exported_vars.add('noises')
    def macro(l_1_likely):
        t_62 = []
        if l_1_likely is missing:
            l_1_likely = undefined("parameter 'likely' was not provided", name='likely')
        pass
        t_62.extend((
            'Likely noise: ',
            str(t_14(environment.getitem((undefined(name='noises') if l_0_noises is missing else l_0_noises), environment.getattr(environment.getattr(l_1_likely, 'noise'), 'value')))),
            '.',
        ))
        if environment.getattr(l_1_likely, 'pattern'):
            pass
            t_62.extend((
                ' To declare it: ',
                str(t_1(context, environment.getattr(l_1_likely, 'pattern'))),
                ' in `approval.ignore`.',
            ))
        return concat(t_62)
    context.exported_vars.add('noise')
    context.vars['noise'] = l_0_noise = Macro(environment, macro, 'noise', ('likely',), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    def macro(l_1_of):
        t_63 = []
        if l_1_of is missing:
            l_1_of = undefined("parameter 'of' was not provided", name='of')
        pass
        t_63.extend((
            str(environment.getattr(l_1_of, 'add')),
            ' added, ',
            str(environment.getattr(l_1_of, 'change')),
            ' changed, ',
            str(environment.getattr(l_1_of, 'remove')),
            ' destroyed',
        ))
        if environment.getattr(l_1_of, 'imported'):
            pass
            t_63.extend((
                ', ',
                str(environment.getattr(l_1_of, 'imported')),
                ' imported',
            ))
        return concat(t_63)
    context.exported_vars.add('counts')
    context.vars['counts'] = l_0_counts = Macro(environment, macro, 'counts', ('of',), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    l_0_doing = {'create': '**creates** it', 'update': '**updates** it in place', 'replace': '**replaces** it', 'delete': '**destroys** it', 'import': '**imports** it', 'move': '**moves** it', 'forget': '**forgets** it'}
    context.vars['doing'] = l_0_doing
    context.exported_vars.add('doing')
    l_0_did = {'create': 'created it', 'update': 'updated it in place', 'replace': 'replaced it', 'delete': 'destroyed it', 'import': 'imported it', 'move': 'moved it', 'forget': 'forgot it'}
    context.vars['did'] = l_0_did
    context.exported_vars.add('did')
    l_0_done_to = {'create': 'created', 'update': 'updated in place', 'replace': 'replaced', 'delete': 'destroyed', 'import': 'imported', 'move': 'moved', 'forget': 'forgotten'}
    context.vars['done_to'] = l_0_done_to
    context.exported_vars.add('done_to')
    def macro(l_1_beside):
        t_64 = []
        l_1_dangerous = missing
        if l_1_beside is missing:
            l_1_beside = undefined("parameter 'beside' was not provided", name='beside')
        pass
        l_1_dangerous = t_7(environment.getattr(l_1_beside, 'dangerous'))
        if ((not environment.getattr(l_1_beside, 'pairs')) and environment.getattr(l_1_beside, 'known')):
            pass
            t_64.extend((
                '✅ Does the same as in ',
                str(t_1(context, environment.getattr(l_1_beside, 'below'))),
                '.',
            ))
        else:
            pass
            t_64.extend((
                str(('🔴' if (undefined(name='dangerous') if l_1_dangerous is missing else l_1_dangerous) else '⚖️')),
                ' Beside ',
                str(t_1(context, environment.getattr(l_1_beside, 'below'))),
                ': ',
                str(environment.getattr(l_1_beside, 'same')),
                ' the same',
            ))
            for (l_2_name, l_2_count) in environment.getattr(l_1_beside, 'counts'):
                _loop_vars = {}
                pass
                if (environment.getattr(l_1_beside, 'known') or l_2_count):
                    pass
                    t_64.extend((
                        ', ',
                        str(l_2_count),
                        ' ',
                        str(t_14(l_2_name)),
                        str((' here' if (l_2_name != 'different') else cond_expr_undefined("the inline if-expression on line 406 in 'words.md.j2' evaluated to false and no else section was defined."))),
                    ))
            l_2_name = l_2_count = missing
            if (undefined(name='dangerous') if l_1_dangerous is missing else l_1_dangerous):
                pass
                t_64.extend((
                    '. **',
                    str((undefined(name='dangerous') if l_1_dangerous is missing else l_1_dangerous)),
                    ' destroyed or replaced here and not there**',
                ))
            t_64.append(
                '.',
            )
            if (not environment.getattr(l_1_beside, 'known')):
                pass
                t_64.append(
                    ' The record of what was applied there does not reach far enough or is not whole, so nothing is called missing, and extra only what is dangerous.',
                )
        return concat(t_64)
    context.exported_vars.add('parity')
    context.vars['parity'] = l_0_parity = Macro(environment, macro, 'parity', ('beside',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_of, l_1_beside):
        t_65 = []
        l_1_environment = resolve('environment')
        if l_1_of is missing:
            l_1_of = undefined("parameter 'of' was not provided", name='of')
        if l_1_beside is missing:
            l_1_beside = undefined("parameter 'beside' was not provided", name='beside')
        pass
        if environment.getattr(l_1_of, 'dangerous'):
            pass
            t_65.append(
                '🔴 ',
            )
        t_65.extend((
            str(t_1(context, environment.getattr(l_1_of, 'address'))),
            ': ',
        ))
        if (not environment.getattr(l_1_of, 'here')):
            pass
            if (environment.getattr(l_1_of, 'below') in (undefined(name='done_to') if l_0_done_to is missing else l_0_done_to)):
                pass
                t_65.append(
                    str(t_14(environment.getitem((undefined(name='done_to') if l_0_done_to is missing else l_0_done_to), environment.getattr(l_1_of, 'below')))),
                )
            else:
                pass
                t_65.append(
                    str(t_1(context, environment.getattr(l_1_of, 'below'))),
                )
            t_65.extend((
                ' in ',
                str(t_1(context, environment.getattr(l_1_beside, 'below'))),
                ', not planned here',
            ))
        else:
            pass
            t_65.extend((
                str(t_1(context, (undefined(name='environment') if l_1_environment is missing else l_1_environment))),
                ' ',
            ))
            if (environment.getattr(l_1_of, 'here') in (undefined(name='doing') if l_0_doing is missing else l_0_doing)):
                pass
                t_65.append(
                    str(t_14(environment.getitem((undefined(name='doing') if l_0_doing is missing else l_0_doing), environment.getattr(l_1_of, 'here')))),
                )
            else:
                pass
                t_65.extend((
                    'does ',
                    str(t_1(context, environment.getattr(l_1_of, 'here'))),
                    ' to it',
                ))
            t_65.append(
                '; ',
            )
            if (environment.getattr(l_1_of, 'below') in (undefined(name='did') if l_0_did is missing else l_0_did)):
                pass
                t_65.extend((
                    str(t_1(context, environment.getattr(l_1_beside, 'below'))),
                    ' ',
                    str(t_14(environment.getitem((undefined(name='did') if l_0_did is missing else l_0_did), environment.getattr(l_1_of, 'below')))),
                ))
            elif environment.getattr(l_1_of, 'below'):
                pass
                t_65.extend((
                    str(t_1(context, environment.getattr(l_1_beside, 'below'))),
                    ' did ',
                    str(t_1(context, environment.getattr(l_1_of, 'below'))),
                    ' to it',
                ))
            elif environment.getattr(l_1_beside, 'known'):
                pass
                t_65.extend((
                    str(t_1(context, environment.getattr(l_1_beside, 'below'))),
                    ' did not touch it',
                ))
            else:
                pass
                t_65.extend((
                    'it is not in the record of ',
                    str(t_1(context, environment.getattr(l_1_beside, 'below'))),
                ))
        return concat(t_65)
    context.exported_vars.add('pair')
    context.vars['pair'] = l_0_pair = Macro(environment, macro, 'pair', ('of', 'beside'), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_66 = []
        l_1_namespace = resolve('namespace')
        l_1_report = resolve('report')
        l_1_found = missing
        pass
        l_1_found = context.call((undefined(name='namespace') if l_1_namespace is missing else l_1_namespace), count=0)
        def t_67(fiter):
            for l_2_project in fiter:
                if (not t_20(environment.getattr(l_2_project, 'parity'))):
                    yield l_2_project
        for l_2_project in t_67(environment.getattr((undefined(name='report') if l_1_report is missing else l_1_report), 'projects')):
            _loop_vars = {}
            pass
            if not isinstance(l_1_found, Namespace):
                raise TemplateRuntimeError("cannot assign attribute on non-namespace object")
            l_1_found['count'] = (environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'count') + t_7(environment.getattr(environment.getattr(l_2_project, 'parity'), 'dangerous')))
        l_2_project = missing
        if environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'count'):
            pass
            t_66.extend((
                '🔴 **',
                str(environment.getattr((undefined(name='found') if l_1_found is missing else l_1_found), 'count')),
                ' destroyed or replaced here and not in the environment below.**',
            ))
        return concat(t_66)
    context.exported_vars.add('beside_danger')
    context.vars['beside_danger'] = l_0_beside_danger = Macro(environment, macro, 'beside_danger', (), False, False, False, context.eval_ctx.autoescape)

blocks = {}
debug_info = '1=132&2=135&3=138&5=141&6=147&7=148&8=151&9=154&10=157&11=160&12=163&13=166&14=169&15=173&18=178&19=184&20=185&21=188&22=193&23=198&25=205&28=210&29=215&30=216&31=221&32=226&33=231&34=236&35=241&36=246&37=251&38=256&39=261&40=266&41=271&42=276&47=289&48=293&51=307&52=314&53=315&54=316&55=317&56=322&58=345&59=349&61=352&63=356&70=365&71=371&72=372&73=376&74=378&75=381&76=383&78=388&81=395&85=420&86=428&88=440&90=450&91=455&98=491&99=497&100=501&104=510&105=517&108=525&109=533&112=555&113=561&116=574&117=581&118=591&121=602&122=607&125=625&126=629&129=647&130=656&133=669&134=675&135=676&138=696&139=701&142=710&143=715&146=729&147=740&148=741&149=742&150=762&153=772&154=779&157=792&158=796&161=809&162=817&163=818&164=819&165=820&166=824&167=845&168=849&169=856&170=860&171=877&172=881&173=890&174=894&175=899&176=903&177=911&178=915&179=944&180=948&181=959&182=962&183=973&184=977&185=983&186=987&187=996&188=999&189=1006&190=1009&191=1018&192=1022&193=1030&194=1034&195=1063&196=1068&197=1079&198=1083&199=1102&200=1106&201=1114&202=1118&203=1123&204=1128&205=1138&206=1143&207=1155&208=1159&209=1164&210=1168&211=1183&212=1186&213=1191&214=1195&215=1198&216=1203&217=1213&218=1216&219=1233&220=1237&221=1246&222=1250&224=1271&228=1277&229=1282&232=1295&233=1302&236=1313&237=1321&238=1322&239=1323&240=1324&241=1328&242=1335&243=1339&244=1342&245=1347&246=1358&247=1363&249=1408&253=1413&254=1417&255=1421&258=1430&261=1435&262=1444&264=1447&265=1452&268=1460&271=1465&272=1472&273=1473&274=1474&275=1479&276=1510&277=1514&278=1517&279=1521&280=1524&281=1528&282=1531&283=1535&284=1547&285=1551&287=1568&291=1583&293=1586&294=1591&295=1593&296=1595&297=1596&299=1604&303=1608&307=1613&308=1618&309=1620&310=1621&314=1629&315=1634&316=1636&317=1637&318=1653&323=1661&324=1666&325=1668&326=1669&330=1681&331=1685&332=1687&333=1690&334=1692&336=1697&337=1699&341=1704&342=1710&344=1714&348=1720&349=1725&352=1738&353=1744&356=1762&357=1768&358=1769&359=1770&361=1775&362=1778&363=1794&364=1797&365=1800&366=1803&367=1806&368=1809&369=1814&370=1817&371=1820&372=1823&373=1826&374=1829&375=1834&376=1837&377=1840&378=1843&379=1846&380=1849&381=1852&382=1855&386=1861&388=1864&389=1871&392=1885&393=1891&396=1909&397=1912&398=1915&400=1918&401=1924&402=1925&403=1929&405=1935&406=1942&407=1955&408=1965&412=1973&413=1981&414=1992&416=2010&420=2058&421=2064&422=2065&423=2076&424=2080'
