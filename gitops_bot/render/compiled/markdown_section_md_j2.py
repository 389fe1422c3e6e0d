from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/section.md.j2 by `make templates`
name = 'section.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_section = resolve('section')
    l_0_report = resolve('report')
    l_0_counted = resolve('counted')
    l_0_words = resolve('words')
    l_0_applied = resolve('applied')
    l_0_left = resolve('left')
    l_0_project = l_0_alone = l_0_cut = missing
    try:
        t_1 = environment.filters['code']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'code' found.")
    try:
        t_2 = environment.filters['fence']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'fence' found.")
    try:
        t_3 = environment.filters['format']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'format' found.")
    try:
        t_4 = environment.filters['html_code']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'html_code' found.")
    try:
        t_5 = environment.filters['inline']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No filter named 'inline' found.")
    try:
        t_6 = environment.filters['length']
    except KeyError:
        @internalcode
        def t_6(*unused):
            raise TemplateRuntimeError("No filter named 'length' found.")
    try:
        t_7 = environment.filters['list']
    except KeyError:
        @internalcode
        def t_7(*unused):
            raise TemplateRuntimeError("No filter named 'list' found.")
    try:
        t_8 = environment.filters['selectattr']
    except KeyError:
        @internalcode
        def t_8(*unused):
            raise TemplateRuntimeError("No filter named 'selectattr' found.")
    try:
        t_9 = environment.filters['take']
    except KeyError:
        @internalcode
        def t_9(*unused):
            raise TemplateRuntimeError("No filter named 'take' found.")
    try:
        t_10 = environment.tests['defined']
    except KeyError:
        @internalcode
        def t_10(*unused):
            raise TemplateRuntimeError("No test named 'defined' found.")
    try:
        t_11 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_11(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    try:
        t_12 = environment.tests['sameas']
    except KeyError:
        @internalcode
        def t_12(*unused):
            raise TemplateRuntimeError("No test named 'sameas' found.")
    pass
    l_0_project = environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'project')
    context.vars['project'] = l_0_project
    context.exported_vars.add('project')
    l_0_alone = (t_6(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'projects')) == 1)
    context.vars['alone'] = l_0_alone
    context.exported_vars.add('alone')
    l_0_cut = ((undefined(name='alone') if l_0_alone is missing else l_0_alone) and (environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'fitted'), 'listed') or (undefined(name='counted') if l_0_counted is missing else l_0_counted)))
    context.vars['cut'] = l_0_cut
    context.exported_vars.add('cut')
    if (environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'summary') and (undefined(name='alone') if l_0_alone is missing else l_0_alone)):
        pass
        for l_1_key in environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'summary'):
            _loop_vars = {}
            pass
            yield '| '
            yield str(context.call(environment.getattr(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'labels'), 'get'), l_1_key, l_1_key, _loop_vars=_loop_vars))
            yield ' '
        l_1_key = missing
        yield '|\n'
        for l_1_key in environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'summary'):
            _loop_vars = {}
            pass
            yield '| ---: '
        l_1_key = missing
        yield '|\n'
        for (l_1_key, l_1_count) in context.call(environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'summary'), 'items')):
            _loop_vars = {}
            pass
            yield '| '
            yield str(l_1_count)
            yield ' '
        l_1_key = l_1_count = missing
        yield '|\n\n'
    elif (((((not environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'summary')) and t_11(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'applied'))) and (not environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'errored'))) and (environment.getattr(environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'made'), 'source'), 'value') == 'json')) and (not t_10(environment.getattr(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'plan'), 'stage')))):
        pass
        yield "Terraform's plan would change nothing.\n\n"
    if (undefined(name='cut') if l_0_cut is missing else l_0_cut):
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'rest')))
        yield '\n\n'
    if (not t_11(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'parity'))):
        pass
        template = environment.get_template('parity.md.j2', 'section.md.j2')
        gen = template.root_render_func(template.new_context(context.get_all(), True, {'alone': l_0_alone, 'applied': l_0_applied, 'cut': l_0_cut, 'left': l_0_left, 'project': l_0_project}))
        try:
            for event in gen:
                yield event
        finally: gen.close()
    if environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'errored'):
        pass
        yield '> ❌ Planning stopped half-way at an error, so this plan is not complete and cannot be applied.\n\n'
    elif (not environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'complete')):
        pass
        yield '> ⚠️ This plan is not complete: Terraform left part of the configuration out, and another plan has to follow.\n\n'
    if environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'unknown_keys'):
        pass
        yield '> ❓ This plan holds what this version of gitops-bot does not know: '
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'names'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'unknown_keys')))
        yield ". Look at Terraform's own output before you decide.\n\n"
    if environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'deferred'):
        pass
        yield '> ⚠️ '
        yield str(t_6(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'deferred')))
        yield ' '
        yield str(('change is' if (t_6(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'deferred')) == 1) else 'changes are'))
        yield ' deferred to a later plan:\n\n'
        for (l_1_address, l_1_action, l_1_reason) in t_9(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'deferred')):
            _loop_vars = {}
            pass
            yield '- ⏭️ '
            yield str(t_1(context, l_1_address))
            yield ' · '
            yield str(t_5(context, l_1_action))
            if l_1_reason:
                pass
                yield ' · '
                yield str(t_5(context, l_1_reason))
            yield '\n'
        l_1_address = l_1_action = l_1_reason = missing
        yield '\n'
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'deferred')))
        yield '\n'
    if environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'invocations'):
        pass
        yield '> ❓ Actions that the provider would run:\n\n'
    for l_1_name in t_9(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'invocations')):
        _loop_vars = {}
        pass
        yield '- ❓ '
        yield str(t_1(context, l_1_name))
        yield ' · an action the provider would run\n'
    l_1_name = missing
    yield '\n'
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'invocations')))
    yield '\n'
    for l_1_notice in t_9(context, environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'notices')):
        _loop_vars = {}
        pass
        yield '> ℹ️ '
        yield str(t_5(context, l_1_notice))
        yield '\n\n'
    l_1_notice = missing
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'notices')))
    yield '\n'
    for (l_1_name, l_1_status, l_1_message) in t_9(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'failed_checks')):
        _loop_vars = {}
        pass
        yield '> ⚠️ '
        yield str(t_1(context, l_1_name))
        yield ' '
        yield str(('could not be evaluated' if (l_1_status == 'error') else 'does not hold'))
        if l_1_message:
            pass
            yield ': '
            yield str(t_5(context, l_1_message))
        yield '\n\n'
    l_1_name = l_1_status = l_1_message = missing
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'failed_checks')))
    yield '\n'
    if environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'unknown_checks'):
        pass
        yield '> ℹ️ Checks whose result is known only after the apply: '
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'names'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'unknown_checks')))
        yield '.\n\n'
    for l_1_said in t_9(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'warnings')):
        _loop_vars = {}
        pass
        yield '> ⚠️ **'
        yield str(t_5(context, environment.getattr(l_1_said, 'summary')))
        yield '**'
        if environment.getattr(l_1_said, 'file'):
            pass
            yield ' in '
            yield str(t_1(context, environment.getattr(l_1_said, 'file')))
            if environment.getattr(l_1_said, 'line'):
                pass
                yield ', line '
                yield str(environment.getattr(l_1_said, 'line'))
        if environment.getattr(l_1_said, 'detail'):
            pass
            yield ': '
            yield str(t_5(context, environment.getattr(l_1_said, 'detail')))
        yield '\n\n'
    l_1_said = missing
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'warnings')))
    yield '\n'
    if t_10(environment.getattr(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'plan'), 'stage')):
        pass
        yield '**'
        if (environment.getattr(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'plan'), 'stage') == 'credentials'):
            pass
            yield 'There were no credentials, so Terraform did not start'
        else:
            pass
            yield 'Terraform failed in '
            yield str(t_1(context, environment.getattr(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'plan'), 'stage')))
        yield '.**\n\n'
    for l_1_said in t_9(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'errors')):
        _loop_vars = {}
        pass
        yield '❌ **'
        yield str(t_5(context, environment.getattr(l_1_said, 'summary')))
        yield '**'
        if environment.getattr(l_1_said, 'file'):
            pass
            yield ' in '
            yield str(t_1(context, environment.getattr(l_1_said, 'file')))
            if environment.getattr(l_1_said, 'line'):
                pass
                yield ', line '
                yield str(environment.getattr(l_1_said, 'line'))
        if environment.getattr(l_1_said, 'address'):
            pass
            yield ' ('
            yield str(t_1(context, environment.getattr(l_1_said, 'address')))
            yield ')'
        yield '\n\n'
        if environment.getattr(l_1_said, 'detail'):
            pass
            yield str(t_2(context, environment.getattr(l_1_said, 'detail')))
            yield '\n\n'
    l_1_said = missing
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'errors')))
    yield '\n'
    if (not t_11(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'applied'))):
        pass
        l_0_applied = environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'applied')
        context.vars['applied'] = l_0_applied
        context.exported_vars.add('applied')
        if t_7(context.eval_ctx, t_8(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'outcomes'), 'state', 'equalto', 'in-flight')):
            pass
            yield '⏳ The apply was interrupted. Terraform still finishes what is in progress; the rest is not started.\n\n'
        elif environment.getattr((undefined(name='applied') if l_0_applied is missing else l_0_applied), 'interrupted'):
            pass
            yield '⚠️ The apply was interrupted. What it had begun was finished; the rest was not started.\n\n'
        if (not t_11(environment.getattr((undefined(name='applied') if l_0_applied is missing else l_0_applied), 'miscount'))):
            pass
            yield 'ℹ️ Terraform counts '
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'counts'), environment.getattr(environment.getattr((undefined(name='applied') if l_0_applied is missing else l_0_applied), 'miscount'), 'applied')))
            yield '; the plan said '
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'counts'), environment.getattr(environment.getattr((undefined(name='applied') if l_0_applied is missing else l_0_applied), 'miscount'), 'planned')))
            yield '.\n\n'
        if t_12(environment.getattr((undefined(name='applied') if l_0_applied is missing else l_0_applied), 'converged'), True):
            pass
            yield 'A plan right after the apply shows no changes.\n\n'
        elif t_12(environment.getattr((undefined(name='applied') if l_0_applied is missing else l_0_applied), 'converged'), False):
            pass
            yield '⚠️ A plan right after the apply still shows changes.\n\n'
        if environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'outcomes'):
            pass
            yield '| resource | action | result | seconds |\n| --- | --- | --- | ---: |\n'
            for l_1_item in t_9(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'outcomes')):
                _loop_vars = {}
                pass
                yield '| '
                yield str(t_1(context, environment.getattr(l_1_item, 'address')))
                yield ' | '
                yield str(t_5(context, environment.getattr(l_1_item, 'action')))
                yield ' | '
                yield str(environment.getitem(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'states'), environment.getattr(environment.getattr(l_1_item, 'state'), 'value')))
                yield ' | '
                yield str(t_3('%.1f', environment.getattr(l_1_item, 'seconds')))
                yield ' |\n'
            l_1_item = missing
            yield '\n'
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'outcomes')))
            yield '\n'
            for l_1_item in t_9(context, environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'told')):
                _loop_vars = {}
                pass
                yield '❌ '
                yield str(t_1(context, environment.getattr(l_1_item, 'address')))
                yield '\n\n'
                yield str(t_2(context, environment.getattr(l_1_item, 'error')))
                yield '\n\n'
            l_1_item = missing
    if (not t_11(environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'left_over'))):
        pass
        l_0_left = environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'left_over')
        context.vars['left'] = l_0_left
        context.exported_vars.add('left')
        yield '> ⚠️ The apply of '
        yield str(t_1(context, environment.getattr((undefined(name='left') if l_0_left is missing else l_0_left), 'commit')[:12]))
        yield ' did not finish. This plan is made on what it left.\n\n'
        def t_13(fiter):
            for (l_1_words_before, l_1_addresses) in fiter:
                if l_1_addresses:
                    yield (l_1_words_before, l_1_addresses)
        for (l_1_words_before, l_1_addresses) in t_13((('Left over from it, and approved before', environment.getattr((undefined(name='left') if l_0_left is missing else l_0_left), 'approved')), ('New in this pull request', environment.getattr((undefined(name='left') if l_0_left is missing else l_0_left), 'new')), ('Left unfinished by it, and no longer planned', environment.getattr((undefined(name='left') if l_0_left is missing else l_0_left), 'gone')))):
            _loop_vars = {}
            pass
            yield str(l_1_words_before)
            yield ':\n\n'
            for l_2_address in t_9(context, l_1_addresses):
                _loop_vars = {}
                pass
                yield '- '
                yield str(t_1(context, l_2_address))
                yield '\n'
            l_2_address = missing
            yield '\n'
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), l_1_addresses, _loop_vars=_loop_vars))
            yield '\n'
        l_1_words_before = l_1_addresses = missing
    if environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'uncovered'):
        pass
        yield '**Changes no approval covers**\n\n'
        for l_1_item in t_9(context, environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'uncovered')):
            _loop_vars = {}
            pass
            yield '- '
            yield str(t_1(context, environment.getattr(l_1_item, 'address')))
            yield ' · '
            yield str(t_5(context, environment.getattr(l_1_item, 'kind')))
            if environment.getattr(l_1_item, 'path'):
                pass
                yield ' · '
                yield str(t_1(context, environment.getattr(l_1_item, 'path')))
            yield '\n'
            if (not t_11(environment.getattr(l_1_item, 'closest'))):
                pass
                yield '  '
                yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'closest'), l_1_item, _loop_vars=_loop_vars))
                yield '\n'
            for l_2_likely in environment.getattr(l_1_item, 'noise'):
                _loop_vars = {}
                pass
                yield '  '
                yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'noise'), l_2_likely, _loop_vars=_loop_vars))
                yield '\n'
            l_2_likely = missing
        l_1_item = missing
        yield '\n'
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'uncovered')))
        yield '\n'
    for l_1_piece in context.call(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'group'), 'danger'):
        _loop_vars = {}
        pass
        yield str(environment.getattr(l_1_piece, 'text'))
        yield '\n'
    l_1_piece = missing
    if environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'made'), 'too_long'):
        pass
        yield "> ⚠️ Terraform's text could not be cut reliably and is too long to be shown whole. These diffs are made from the plan's JSON.\n\n"
    elif (environment.getattr(environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'made'), 'source'), 'value') == 'whole'):
        pass
        yield "> ⚠️ Terraform's text does not match the plan's JSON line by line: a value imitates Terraform's own headers, or it is the text of another plan. It is shown as it is, uncut. The counts above come from the plan's JSON and can be trusted.\n\n"
    for l_1_piece in context.call(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'group'), 'text'):
        _loop_vars = {}
        pass
        yield "<details><summary>Terraform's text</summary>\n\n"
        yield str(environment.getattr(l_1_piece, 'text'))
        yield '\n\n</details>\n\n'
    l_1_piece = missing
    for (l_1_name, l_1_pieces) in context.call(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'modules')):
        _loop_vars = {}
        pass
        if l_1_name:
            pass
            yield '<details><summary>'
            yield str(t_4(context, l_1_name))
            yield ' · '
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'kinds'), l_1_pieces, _loop_vars=_loop_vars))
            yield '</summary>\n\n'
        for l_2_piece in l_1_pieces:
            _loop_vars = {}
            pass
            yield str(environment.getattr(l_2_piece, 'text'))
            yield '\n'
        l_2_piece = missing
        if l_1_name:
            pass
            yield '\n</details>\n\n'
    l_1_name = l_1_pieces = missing
    for l_1_piece in context.call(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'group'), 'outputs'):
        _loop_vars = {}
        pass
        yield '**Changes to outputs**\n\n'
        yield str(environment.getattr(l_1_piece, 'text'))
        yield '\n'
    l_1_piece = missing
    for l_1_piece in context.call(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'group'), 'drift'):
        _loop_vars = {}
        pass
        yield '<details><summary>Changed outside of Terraform</summary>\n\n'
        yield str(environment.getattr(l_1_piece, 'text'))
        yield '\n\n</details>\n\n'
    l_1_piece = missing
    if environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'made'), 'unshown_drift'):
        pass
        yield '> ℹ️ '
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'unshown_drift'), environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'made'), 'unshown_drift')))
        yield '\n\n'
    if environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'fitted'), 'listed'):
        pass
        yield '**Too long to be shown here**\n\n'
        for l_1_piece in environment.getattr(environment.getattr((undefined(name='section') if l_0_section is missing else l_0_section), 'fitted'), 'listed'):
            _loop_vars = {}
            pass
            yield str(environment.getattr(l_1_piece, 'line'))
        l_1_piece = missing
        yield '\n'

blocks = {}
debug_info = '1=90&2=93&3=96&4=99&5=101&6=109&7=115&9=123&13=126&14=128&17=130&18=132&20=138&23=141&27=144&28=147&31=149&32=152&34=156&35=160&39=170&41=172&45=175&46=179&49=183&50=185&51=189&54=192&55=194&56=198&60=207&61=209&62=212&65=214&66=218&70=234&71=236&72=239&75=247&76=251&79=267&80=269&84=272&85=274&86=276&87=279&90=282&94=285&95=288&98=292&101=295&105=298&108=301&109=305&112=315&113=317&114=321&116=323&121=326&122=328&123=332&125=334&126=341&128=343&129=347&132=351&135=354&138=357&139=361&141=369&142=372&144=374&145=378&149=383&151=385&152=388&154=391&157=394&161=397&164=401&169=404&170=407&171=410&174=414&175=417&177=420&183=424&186=428&188=431&191=435&196=438&197=441&200=443&203=446&204=449'
