from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/page.html.j2 by `make templates`
name = 'page.html.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_policy = resolve('policy')
    l_0_environment = resolve('environment')
    l_0_style = resolve('style')
    l_0_report = resolve('report')
    l_0_totals = resolve('totals')
    l_0_danger = resolve('danger')
    l_0_sections = resolve('sections')
    l_0_columns = resolve('columns')
    l_0_kinds = resolve('kinds')
    l_0_hidden = resolve('hidden')
    l_0_count = resolve('count')
    l_0_said = resolve('said')
    l_0_way_on = resolve('way_on')
    l_0_script = resolve('script')
    l_0_words = l_0_label = l_0_rows_of = l_0_diagnostic = l_0_link = l_0_outcomes = l_0_several = missing
    try:
        t_1 = environment.filters['blocks']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'blocks' found.")
    try:
        t_2 = environment.filters['code']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'code' found.")
    try:
        t_3 = environment.filters['format']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'format' found.")
    try:
        t_4 = environment.filters['inline']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'inline' found.")
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
        t_8 = environment.filters['lines']
    except KeyError:
        @internalcode
        def t_8(*unused):
            raise TemplateRuntimeError("No filter named 'lines' found.")
    try:
        t_9 = environment.filters['list']
    except KeyError:
        @internalcode
        def t_9(*unused):
            raise TemplateRuntimeError("No filter named 'list' found.")
    try:
        t_10 = environment.filters['map']
    except KeyError:
        @internalcode
        def t_10(*unused):
            raise TemplateRuntimeError("No filter named 'map' found.")
    try:
        t_11 = environment.filters['rejectattr']
    except KeyError:
        @internalcode
        def t_11(*unused):
            raise TemplateRuntimeError("No filter named 'rejectattr' found.")
    try:
        t_12 = environment.filters['safe']
    except KeyError:
        @internalcode
        def t_12(*unused):
            raise TemplateRuntimeError("No filter named 'safe' found.")
    try:
        t_13 = environment.filters['select']
    except KeyError:
        @internalcode
        def t_13(*unused):
            raise TemplateRuntimeError("No filter named 'select' found.")
    try:
        t_14 = environment.filters['selectattr']
    except KeyError:
        @internalcode
        def t_14(*unused):
            raise TemplateRuntimeError("No filter named 'selectattr' found.")
    try:
        t_15 = environment.filters['short_hash']
    except KeyError:
        @internalcode
        def t_15(*unused):
            raise TemplateRuntimeError("No filter named 'short_hash' found.")
    try:
        t_16 = environment.filters['sum']
    except KeyError:
        @internalcode
        def t_16(*unused):
            raise TemplateRuntimeError("No filter named 'sum' found.")
    try:
        t_17 = environment.filters['unique']
    except KeyError:
        @internalcode
        def t_17(*unused):
            raise TemplateRuntimeError("No filter named 'unique' found.")
    try:
        t_18 = environment.filters['words']
    except KeyError:
        @internalcode
        def t_18(*unused):
            raise TemplateRuntimeError("No filter named 'words' found.")
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
    try:
        t_21 = environment.tests['sameas']
    except KeyError:
        @internalcode
        def t_21(*unused):
            raise TemplateRuntimeError("No test named 'sameas' found.")
    pass
    l_0_words = context.vars['words'] = environment.get_template('words.md.j2', 'page.html.j2').make_module(context.get_all(), True, {'count': l_0_count, 'diagnostic': l_0_diagnostic, 'label': l_0_label, 'link': l_0_link, 'outcomes': l_0_outcomes, 'rows_of': l_0_rows_of, 'said': l_0_said, 'several': l_0_several, 'words': l_0_words})
    context.exported_vars.discard('words')
    def macro(l_1_kind):
        t_22 = []
        if l_1_kind is missing:
            l_1_kind = undefined("parameter 'kind' was not provided", name='kind')
        pass
        t_22.append(
            escape(environment.finalize(t_12(context.call(environment.getattr(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'labels'), 'get'), l_1_kind, l_1_kind)))),
        )
        return concat(t_22)
    context.exported_vars.add('label')
    context.vars['label'] = l_0_label = Macro(environment, macro, 'label', ('kind',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_rows):
        t_23 = []
        if l_1_rows is missing:
            l_1_rows = undefined("parameter 'rows' was not provided", name='rows')
        pass
        if environment.getattr(l_1_rows, 'grouped'):
            pass
            for l_2_group in environment.getattr(l_1_rows, 'groups'):
                _loop_vars = {}
                pass
                t_23.append(
                    '<details class="group"',
                )
                if environment.getattr(l_2_group, 'opened'):
                    pass
                    t_23.append(
                        ' open',
                    )
                t_23.append(
                    '>\n<summary><span class="name">',
                )
                if environment.getattr(l_2_group, 'module'):
                    pass
                    t_23.append(
                        escape(environment.finalize(t_2(environment.getattr(l_2_group, 'module')))),
                    )
                else:
                    pass
                    t_23.append(
                        'root module',
                    )
                t_23.append(
                    '</span> <span class="tags">',
                )
                for (l_3_kind, l_3_count) in environment.getattr(l_2_group, 'counts'):
                    _loop_vars = {}
                    pass
                    t_23.extend((
                        '<span class="action ',
                        escape(environment.finalize(t_12(l_3_kind))),
                        '">',
                        escape(environment.finalize(l_3_count)),
                        ' ',
                        escape(environment.finalize(context.call((undefined(name='label') if l_0_label is missing else l_0_label), l_3_kind, _loop_vars=_loop_vars))),
                        '</span> ',
                    ))
                l_3_kind = l_3_count = missing
                t_23.append(
                    '</span></summary>\n<div class="inside">\n',
                )
                for l_3_row in environment.getattr(l_2_group, 'rows'):
                    _loop_vars = {}
                    pass
                    t_23.append(
                        escape(environment.finalize(t_12(environment.getattr(l_3_row, 'block')))),
                    )
                l_3_row = missing
                t_23.append(
                    '</div>\n</details>\n',
                )
            l_2_group = missing
        else:
            pass
            for l_2_row in environment.getattr(l_1_rows, 'all'):
                _loop_vars = {}
                pass
                t_23.append(
                    escape(environment.finalize(t_12(environment.getattr(l_2_row, 'block')))),
                )
            l_2_row = missing
        return concat(t_23)
    context.exported_vars.add('rows_of')
    context.vars['rows_of'] = l_0_rows_of = Macro(environment, macro, 'rows_of', ('rows',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_said, l_1_icon):
        t_24 = []
        if l_1_said is missing:
            l_1_said = undefined("parameter 'said' was not provided", name='said')
        if l_1_icon is missing:
            l_1_icon = undefined("parameter 'icon' was not provided", name='icon')
        pass
        t_24.extend((
            '<div class="said">\n<p>',
            escape(environment.finalize(t_12(l_1_icon))),
            ' <strong>',
            escape(environment.finalize(t_4(environment.getattr(l_1_said, 'summary')))),
            '</strong>',
        ))
        if environment.getattr(l_1_said, 'file'):
            pass
            t_24.extend((
                ' in ',
                escape(environment.finalize(t_2(environment.getattr(l_1_said, 'file')))),
            ))
            if environment.getattr(l_1_said, 'line'):
                pass
                t_24.extend((
                    ', line ',
                    escape(environment.finalize(environment.getattr(l_1_said, 'line'))),
                ))
        if environment.getattr(l_1_said, 'address'):
            pass
            t_24.extend((
                ' (',
                escape(environment.finalize(t_2(environment.getattr(l_1_said, 'address')))),
                ')',
            ))
        t_24.append(
            '</p>\n',
        )
        if environment.getattr(l_1_said, 'detail'):
            pass
            t_24.extend((
                '<pre><code>',
                escape(environment.finalize(t_8(environment.getattr(l_1_said, 'detail')))),
                '</code></pre>\n',
            ))
        t_24.append(
            '</div>\n',
        )
        return concat(t_24)
    context.exported_vars.add('diagnostic')
    context.vars['diagnostic'] = l_0_diagnostic = Macro(environment, macro, 'diagnostic', ('said', 'icon'), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_url, l_1_text):
        t_25 = []
        if l_1_url is missing:
            l_1_url = undefined("parameter 'url' was not provided", name='url')
        if l_1_text is missing:
            l_1_text = undefined("parameter 'text' was not provided", name='text')
        pass
        if t_5(l_1_url):
            pass
            t_25.extend((
                '<li><a href="',
                escape(environment.finalize(l_1_url)),
                '" rel="noopener noreferrer">',
                escape(environment.finalize(t_12(l_1_text))),
                '</a></li>',
            ))
        return concat(t_25)
    context.exported_vars.add('link')
    context.vars['link'] = l_0_link = Macro(environment, macro, 'link', ('url', 'text'), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_items):
        t_26 = []
        if l_1_items is missing:
            l_1_items = undefined("parameter 'items' was not provided", name='items')
        pass
        t_26.append(
            '<table class="outcomes">\n<thead><tr><th scope="col">resource</th><th scope="col">action</th><th scope="col">result</th><th scope="col" class="number">seconds</th></tr></thead>\n<tbody>\n',
        )
        for l_2_item in l_1_items:
            _loop_vars = {}
            pass
            t_26.extend((
                '<tr data-text><td>',
                escape(environment.finalize(t_2(environment.getattr(l_2_item, 'address')))),
            ))
            if environment.getattr(l_2_item, 'error'):
                pass
                t_26.extend((
                    '<pre><code>',
                    escape(environment.finalize(t_8(environment.getattr(l_2_item, 'error')))),
                    '</code></pre>',
                ))
            t_26.extend((
                '</td><td>',
                escape(environment.finalize(t_4(environment.getattr(l_2_item, 'action')))),
                '</td><td>',
                escape(environment.finalize(t_12(environment.getitem(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'states'), environment.getattr(environment.getattr(l_2_item, 'state'), 'value'))))),
                '</td><td class="number">',
                escape(environment.finalize(t_3('%.1f', environment.getattr(l_2_item, 'seconds')))),
                '</td></tr>\n',
            ))
        l_2_item = missing
        t_26.append(
            '</tbody>\n</table>\n',
        )
        return concat(t_26)
    context.exported_vars.add('outcomes')
    context.vars['outcomes'] = l_0_outcomes = Macro(environment, macro, 'outcomes', ('items',), False, False, False, context.eval_ctx.autoescape)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="'
    yield escape(environment.finalize(t_12((undefined(name='policy') if l_0_policy is missing else l_0_policy))))
    yield '">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n<title>'
    yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'subject'))))
    yield ' · '
    yield escape(environment.finalize((undefined(name='environment') if l_0_environment is missing else l_0_environment)))
    yield ' · '
    yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'outcome'))))
    yield '</title>\n<style>'
    yield escape(environment.finalize(t_12((undefined(name='style') if l_0_style is missing else l_0_style))))
    yield '</style>\n</head>\n<body>\n<header class="top '
    yield escape(environment.finalize(t_12(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'status'), 'value'))))
    if ((environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'status'), 'value') == 'planned') and (environment.getitem((undefined(name='totals') if l_0_totals is missing else l_0_totals), 'danger') + environment.getitem((undefined(name='totals') if l_0_totals is missing else l_0_totals), 'unknown'))):
        pass
        yield ' danger'
    yield '">\n<p class="subject">'
    yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'subject'))))
    yield ' · '
    yield escape(environment.finalize(t_2((undefined(name='environment') if l_0_environment is missing else l_0_environment))))
    yield '</p>\n<h1>'
    yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'icon'))))
    yield ' '
    yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'outcome'))))
    yield '</h1>\n'
    if environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'message'):
        pass
        yield '<p>'
        yield escape(environment.finalize(t_4(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'message'))))
        yield '</p>\n'
    yield '</header>\n<main>\n'
    if (not t_20(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'))):
        pass
        yield '<section class="verdict '
        yield escape(environment.finalize(('blocked' if t_19(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'reasons')) else 'allowed')))
        yield '">\n'
        yield escape(environment.finalize(t_1(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'verdict')))))
        yield '\n</section>\n'
    if (undefined(name='danger') if l_0_danger is missing else l_0_danger):
        pass
        yield '<section class="losses" aria-labelledby="losses">\n<h2 id="losses">What is dangerous</h2>\n<ul>\n'
        for l_1_row in (undefined(name='danger') if l_0_danger is missing else l_0_danger)[:12]:
            _loop_vars = {}
            pass
            yield '<li><a href="#'
            yield escape(environment.finalize(t_12(environment.getattr(l_1_row, 'id'))))
            yield '">'
            yield escape(environment.finalize(t_12(environment.getattr(l_1_row, 'title'))))
            yield '</a> '
            yield escape(environment.finalize(t_12(environment.getattr(l_1_row, 'about'))))
            yield '</li>\n'
        l_1_row = missing
        yield '</ul>\n'
        if (t_7((undefined(name='danger') if l_0_danger is missing else l_0_danger)) > 12):
            pass
            yield '<p>… and '
            yield escape(environment.finalize((t_7((undefined(name='danger') if l_0_danger is missing else l_0_danger)) - 12)))
            yield ' more below.</p>\n'
        yield '</section>\n'
    l_0_several = (t_7((undefined(name='sections') if l_0_sections is missing else l_0_sections)) > 1)
    context.vars['several'] = l_0_several
    context.exported_vars.add('several')
    if ((undefined(name='columns') if l_0_columns is missing else l_0_columns) or (undefined(name='several') if l_0_several is missing else l_0_several)):
        pass
        yield '<section aria-labelledby="counts">\n<h2 id="counts" class="unseen">Counts</h2>\n<div class="scroll"><table class="counts">\n<thead><tr>'
        if (undefined(name='several') if l_0_several is missing else l_0_several):
            pass
            yield '<th scope="col">project</th><th scope="col">result</th>'
        for l_1_key in (undefined(name='columns') if l_0_columns is missing else l_0_columns):
            _loop_vars = {}
            pass
            yield '<th scope="col" class="number">'
            yield escape(environment.finalize(context.call((undefined(name='label') if l_0_label is missing else l_0_label), l_1_key, _loop_vars=_loop_vars)))
            yield '</th>'
        l_1_key = missing
        yield '</tr></thead>\n<tbody>\n'
        for l_1_section in (undefined(name='sections') if l_0_sections is missing else l_0_sections):
            _loop_vars = {}
            pass
            yield '<tr>'
            if (undefined(name='several') if l_0_several is missing else l_0_several):
                pass
                yield '<th scope="row"><a href="#p'
                yield escape(environment.finalize(environment.getattr(l_1_section, 'index')))
                yield '">'
                yield escape(environment.finalize(t_4(environment.getattr(environment.getattr(l_1_section, 'project'), 'project'))))
                yield '</a></th><td class="result">'
                if (((t_19(environment.getattr(environment.getattr(environment.getattr(l_1_section, 'project'), 'plan'), 'stage')) or (not t_20(environment.getattr(environment.getattr(l_1_section, 'project'), 'applied')))) or environment.getattr(l_1_section, 'errored')) or (not environment.getattr(l_1_section, 'summary'))):
                    pass
                    yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'result'), l_1_section, _loop_vars=_loop_vars)))
                else:
                    pass
                    yield escape(environment.finalize(('🛑' if environment.getattr(environment.getattr(l_1_section, 'marked'), 'all') else ('🔴' if environment.getattr(l_1_section, 'danger') else '📋'))))
                    yield ' changes'
                yield '</td>'
            for l_2_key in (undefined(name='columns') if l_0_columns is missing else l_0_columns):
                _loop_vars = {}
                pass
                yield '<td class="number">'
                yield escape(environment.finalize(context.call(environment.getattr(environment.getattr(l_1_section, 'summary'), 'get'), l_2_key, '', _loop_vars=_loop_vars)))
                yield '</td>'
            l_2_key = missing
            yield '</tr>\n'
        l_1_section = missing
        yield '</tbody>\n</table></div>\n</section>\n'
    for l_1_notice in environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'notices'):
        _loop_vars = {}
        pass
        yield '<p class="notice">ℹ️ '
        yield escape(environment.finalize(t_4(l_1_notice)))
        yield '</p>\n'
    l_1_notice = missing
    if (undefined(name='kinds') if l_0_kinds is missing else l_0_kinds):
        pass
        yield '<search class="tools" id="tools" hidden>\n<input type="search" id="query" placeholder="Search address, action or text" aria-label="Search the changes" autocomplete="off" spellcheck="false" enterkeyhint="search">\n<div class="chips">\n'
        for (l_1_kind, l_1_count) in (undefined(name='kinds') if l_0_kinds is missing else l_0_kinds):
            _loop_vars = {}
            pass
            yield '<button type="button" class="chip '
            yield escape(environment.finalize(t_12(l_1_kind)))
            yield '" data-chip="'
            yield escape(environment.finalize(t_12(l_1_kind)))
            yield '" aria-pressed="false">'
            yield escape(environment.finalize(l_1_count))
            yield ' '
            yield escape(environment.finalize(context.call((undefined(name='label') if l_0_label is missing else l_0_label), l_1_kind, _loop_vars=_loop_vars)))
            yield '</button>\n'
        l_1_kind = l_1_count = missing
        yield '</div>\n<div class="under">\n<p id="found" role="status"></p>\n<button type="button" id="expand">expand all</button>\n<button type="button" id="collapse">collapse all</button>\n</div>\n</search>\n'
    l_1_loop = missing
    for l_1_section, l_1_loop in LoopContext((undefined(name='sections') if l_0_sections is missing else l_0_sections), undefined):
        l_1_beside = resolve('beside')
        l_1_others = resolve('others')
        l_1_applied = resolve('applied')
        l_1_done = resolve('done')
        l_1_undone = resolve('undone')
        l_1_left = resolve('left')
        l_1_project = missing
        _loop_vars = {}
        pass
        l_1_project = environment.getattr(l_1_section, 'project')
        _loop_vars['project'] = l_1_project
        yield '<section class="project" id="p'
        yield escape(environment.finalize(environment.getattr(l_1_section, 'index')))
        yield '">\n'
        if ((undefined(name='several') if l_0_several is missing else l_0_several) or (environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'dir') not in ('', '.'))):
            pass
            yield '<h2>'
            yield escape(environment.finalize(t_4(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'project'))))
            if environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'dir'):
                pass
                yield ' <span class="faint">'
                yield escape(environment.finalize(t_2(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'dir'))))
                yield '</span>'
            yield '</h2>\n'
        if environment.getattr(l_1_section, 'errored'):
            pass
            yield '<p class="notice error">❌ Planning stopped half-way at an error, so this plan is not complete and cannot be applied.</p>\n'
        elif (not environment.getattr(l_1_section, 'complete')):
            pass
            yield '<p class="notice warning">⚠️ This plan is not complete: Terraform left part of the configuration out, and another plan has to follow.</p>\n'
        if (not t_20(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'parity'))):
            pass
            l_1_beside = environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'parity')
            _loop_vars['beside'] = l_1_beside
            yield '<div class="notice'
            yield escape(environment.finalize((' error' if environment.getattr((undefined(name='beside') if l_1_beside is missing else l_1_beside), 'dangerous') else cond_expr_undefined("the inline if-expression on line 119 in 'page.html.j2' evaluated to false and no else section was defined."))))
            yield '">\n<p>'
            yield escape(environment.finalize(t_18(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'parity'), (undefined(name='beside') if l_1_beside is missing else l_1_beside), _loop_vars=_loop_vars))))
            yield '</p>\n'
            if environment.getattr((undefined(name='beside') if l_1_beside is missing else l_1_beside), 'dangerous'):
                pass
                yield '<ul>\n'
                for l_2_of in environment.getattr((undefined(name='beside') if l_1_beside is missing else l_1_beside), 'dangerous'):
                    _loop_vars = {}
                    pass
                    yield '<li data-text>'
                    yield escape(environment.finalize(t_18(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'pair'), l_2_of, (undefined(name='beside') if l_1_beside is missing else l_1_beside), _loop_vars=_loop_vars))))
                    yield '</li>\n'
                l_2_of = missing
                yield '</ul>\n'
            l_1_others = environment.getattr((undefined(name='beside') if l_1_beside is missing else l_1_beside), 'pairs')[t_7(environment.getattr((undefined(name='beside') if l_1_beside is missing else l_1_beside), 'dangerous')):]
            _loop_vars['others'] = l_1_others
            if (undefined(name='others') if l_1_others is missing else l_1_others):
                pass
                yield '<details class="group"'
                if (t_7((undefined(name='others') if l_1_others is missing else l_1_others)) <= 20):
                    pass
                    yield ' open'
                yield '><summary><span class="name">'
                yield escape(environment.finalize(t_7((undefined(name='others') if l_1_others is missing else l_1_others))))
                yield ' '
                yield escape(environment.finalize(('other ' if environment.getattr((undefined(name='beside') if l_1_beside is missing else l_1_beside), 'dangerous') else cond_expr_undefined("the inline if-expression on line 130 in 'page.html.j2' evaluated to false and no else section was defined."))))
                yield escape(environment.finalize(('difference' if (t_7((undefined(name='others') if l_1_others is missing else l_1_others)) == 1) else 'differences')))
                yield '</span></summary>\n<div class="inside">\n<ul>\n'
                for l_2_of in (undefined(name='others') if l_1_others is missing else l_1_others):
                    _loop_vars = {}
                    pass
                    yield '<li data-text>'
                    yield escape(environment.finalize(t_18(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'pair'), l_2_of, (undefined(name='beside') if l_1_beside is missing else l_1_beside), _loop_vars=_loop_vars))))
                    yield '</li>\n'
                l_2_of = missing
                yield '</ul>\n</div>\n</details>\n'
            yield '</div>\n'
        if environment.getattr(l_1_section, 'unknown_keys'):
            pass
            yield '<p class="notice warning">❓ This plan holds what this version of gitops-bot does not know: '
            yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'names'), environment.getattr(l_1_section, 'unknown_keys'), _loop_vars=_loop_vars)))
            yield ". Look at Terraform's own output before you decide.</p>\n"
        for l_2_notice in environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'notices'):
            _loop_vars = {}
            pass
            yield '<p class="notice">ℹ️ '
            yield escape(environment.finalize(t_4(l_2_notice)))
            yield '</p>\n'
        l_2_notice = missing
        if t_19(environment.getattr(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'plan'), 'stage')):
            pass
            yield '<p class="notice error"><strong>'
            if (environment.getattr(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'plan'), 'stage') == 'credentials'):
                pass
                yield 'There were no credentials, so Terraform did not start'
            else:
                pass
                yield 'Terraform failed in '
                yield escape(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'plan'), 'stage'))))
            yield '.</strong></p>\n'
        for l_2_said in environment.getattr(l_1_section, 'errors'):
            _loop_vars = {}
            pass
            yield escape(environment.finalize(context.call((undefined(name='diagnostic') if l_0_diagnostic is missing else l_0_diagnostic), l_2_said, '❌', _loop_vars=_loop_vars)))
        l_2_said = missing
        for l_2_said in environment.getattr(l_1_section, 'warnings'):
            _loop_vars = {}
            pass
            yield escape(environment.finalize(context.call((undefined(name='diagnostic') if l_0_diagnostic is missing else l_0_diagnostic), l_2_said, '⚠️', _loop_vars=_loop_vars)))
        l_2_said = missing
        for (l_2_name, l_2_message) in environment.getattr(l_1_section, 'failed_checks'):
            _loop_vars = {}
            pass
            yield '<p class="notice warning">⚠️ '
            yield escape(environment.finalize(t_2(l_2_name)))
            yield ' does not hold'
            if l_2_message:
                pass
                yield ': '
                yield escape(environment.finalize(t_4(l_2_message)))
            yield '</p>\n'
        l_2_name = l_2_message = missing
        if environment.getattr(l_1_section, 'unknown_checks'):
            pass
            yield '<p class="notice">ℹ️ Known only after the apply: '
            l_2_loop = missing
            for l_2_name, l_2_loop in LoopContext(environment.getattr(l_1_section, 'unknown_checks'), undefined):
                _loop_vars = {}
                pass
                yield escape(environment.finalize(t_2(l_2_name)))
                yield escape(environment.finalize((', ' if (not environment.getattr(l_2_loop, 'last')) else cond_expr_undefined("the inline if-expression on line 157 in 'page.html.j2' evaluated to false and no else section was defined."))))
            l_2_loop = l_2_name = missing
            yield '.</p>\n'
        if (not t_20(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'applied'))):
            pass
            l_1_applied = environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'applied')
            _loop_vars['applied'] = l_1_applied
            yield '<h3>What the apply did</h3>\n'
            if t_9(context.eval_ctx, t_14(context, environment.getattr(l_1_section, 'outcomes'), 'state.value', 'equalto', 'in-flight')):
                pass
                yield '<p class="notice warning">⏳ The apply was interrupted. Terraform still finishes what is in progress; the rest is not started.</p>\n'
            elif environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'interrupted'):
                pass
                yield '<p class="notice warning">⚠️ The apply was interrupted. What it had begun was finished; the rest was not started.</p>\n'
            if (not t_20(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'lock'))):
                pass
                yield '<p class="notice warning">🔒 The state is locked: '
                yield escape(environment.finalize(t_4(environment.getattr(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'lock'), 'operation'))))
                yield ' by '
                yield escape(environment.finalize(t_4(environment.getattr(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'lock'), 'who'))))
                yield ' since '
                yield escape(environment.finalize(t_4(environment.getattr(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'lock'), 'created'))))
                yield ', ID '
                yield escape(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'lock'), 'id'))))
                yield '.</p>\n'
            if (not t_20(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'miscount'))):
                pass
                yield '<p class="notice">ℹ️ Terraform counts '
                yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'counts'), environment.getattr(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'miscount'), 'applied'), _loop_vars=_loop_vars)))
                yield '; the plan said '
                yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'counts'), environment.getattr(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'miscount'), 'planned'), _loop_vars=_loop_vars)))
                yield '.</p>\n'
            if t_21(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'converged'), True):
                pass
                yield '<p>A plan right after the apply shows no changes.</p>\n'
            elif t_21(environment.getattr((undefined(name='applied') if l_1_applied is missing else l_1_applied), 'converged'), False):
                pass
                yield '<p class="notice warning">⚠️ A plan right after the apply still shows changes.</p>\n'
            l_1_done = t_9(context.eval_ctx, t_14(context, environment.getattr(l_1_section, 'outcomes'), 'state.value', 'equalto', 'done'))
            _loop_vars['done'] = l_1_done
            l_1_undone = t_9(context.eval_ctx, t_11(context, environment.getattr(l_1_section, 'outcomes'), 'state.value', 'equalto', 'done'))
            _loop_vars['undone'] = l_1_undone
            if (undefined(name='undone') if l_1_undone is missing else l_1_undone):
                pass
                yield escape(environment.finalize(context.call((undefined(name='outcomes') if l_0_outcomes is missing else l_0_outcomes), (undefined(name='undone') if l_1_undone is missing else l_1_undone), _loop_vars=_loop_vars)))
                yield '\n'
            if (undefined(name='done') if l_1_done is missing else l_1_done):
                pass
                yield '<details class="group"'
                if (t_7((undefined(name='done') if l_1_done is missing else l_1_done)) <= 20):
                    pass
                    yield ' open'
                yield '><summary><span class="name">'
                yield escape(environment.finalize(t_7((undefined(name='done') if l_1_done is missing else l_1_done))))
                yield ' '
                yield escape(environment.finalize(t_12(environment.getitem(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'states'), 'done'))))
                yield '</span></summary>\n'
                yield escape(environment.finalize(context.call((undefined(name='outcomes') if l_0_outcomes is missing else l_0_outcomes), (undefined(name='done') if l_1_done is missing else l_1_done), _loop_vars=_loop_vars)))
                yield '\n</details>\n'
        if (not t_20(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'left_over'))):
            pass
            l_1_left = environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'left_over')
            _loop_vars['left'] = l_1_left
            yield '<div class="notice warning">\n<p>⚠️ The apply of '
            yield escape(environment.finalize(t_2(environment.getattr((undefined(name='left') if l_1_left is missing else l_1_left), 'commit')[:12])))
            yield ' did not finish. This plan is made on what it left.</p>\n'
            def t_27(fiter):
                for (l_2_words_before, l_2_addresses) in fiter:
                    if l_2_addresses:
                        yield (l_2_words_before, l_2_addresses)
            for (l_2_words_before, l_2_addresses) in t_27((('Left over from it, and approved before', environment.getattr((undefined(name='left') if l_1_left is missing else l_1_left), 'approved')), ('New in this pull request', environment.getattr((undefined(name='left') if l_1_left is missing else l_1_left), 'new')), ('Left unfinished by it, and no longer planned', environment.getattr((undefined(name='left') if l_1_left is missing else l_1_left), 'gone')))):
                _loop_vars = {}
                pass
                yield '<p>'
                yield escape(environment.finalize(t_12(l_2_words_before)))
                yield ':</p>\n<ul>\n'
                for l_3_address in l_2_addresses:
                    _loop_vars = {}
                    pass
                    yield '<li>'
                    yield escape(environment.finalize(t_2(l_3_address)))
                    yield '</li>\n'
                l_3_address = missing
                yield '</ul>\n'
            l_2_words_before = l_2_addresses = missing
            yield '</div>\n'
        if environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'uncovered'):
            pass
            yield '<h3>Changes no approval covers</h3>\n<ul class="uncovered">\n'
            for l_2_item in environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'uncovered'):
                _loop_vars = {}
                pass
                yield '<li data-text>'
                yield escape(environment.finalize(t_2(environment.getattr(l_2_item, 'address'))))
                yield ' · '
                yield escape(environment.finalize(t_4(environment.getattr(l_2_item, 'kind'))))
                if environment.getattr(l_2_item, 'path'):
                    pass
                    yield ' · '
                    yield escape(environment.finalize(t_2(environment.getattr(l_2_item, 'path'))))
                if (not t_20(environment.getattr(l_2_item, 'closest'))):
                    pass
                    yield '<br>'
                    yield escape(environment.finalize(t_18(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'closest'), l_2_item, _loop_vars=_loop_vars))))
                    yield '\n'
                for l_3_likely in environment.getattr(l_2_item, 'noise'):
                    _loop_vars = {}
                    pass
                    yield '<br>'
                    yield escape(environment.finalize(t_18(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'noise'), l_3_likely, _loop_vars=_loop_vars))))
                    yield '\n'
                l_3_likely = missing
                yield '</li>\n'
            l_2_item = missing
            yield '</ul>\n'
        if (environment.getattr(l_1_section, 'source') == 'whole'):
            pass
            yield '<p class="notice warning">⚠️ Terraform\'s text holds lines that imitate its own headers, so it is shown as it is, uncut, below. The counts and the diffs here are made from the plan\'s JSON and can be trusted.</p>\n'
        if environment.getattr(l_1_section, 'danger'):
            pass
            yield '<section class="changes" aria-label="Dangerous changes">\n<h3>To destroy or replace</h3>\n'
            yield escape(environment.finalize(context.call((undefined(name='rows_of') if l_0_rows_of is missing else l_0_rows_of), environment.getattr(l_1_section, 'marked'), _loop_vars=_loop_vars)))
            yield '\n'
            yield escape(environment.finalize(context.call((undefined(name='rows_of') if l_0_rows_of is missing else l_0_rows_of), environment.getattr(l_1_section, 'unmarked'), _loop_vars=_loop_vars)))
            yield '\n</section>\n'
        if environment.getattr(l_1_section, 'invocations'):
            pass
            yield '<ul class="invocations">\n'
            for l_2_name in environment.getattr(l_1_section, 'invocations'):
                _loop_vars = {}
                pass
                yield '<li>❓ '
                yield escape(environment.finalize(t_2(l_2_name)))
                yield ' · an action the provider would run</li>\n'
            l_2_name = missing
            yield '</ul>\n'
        if environment.getattr(environment.getattr(l_1_section, 'others'), 'all'):
            pass
            yield '<section class="changes" aria-label="Other changes">\n<h3>'
            yield escape(environment.finalize(('Other changes' if environment.getattr(l_1_section, 'danger') else 'Changes')))
            yield '</h3>\n'
            yield escape(environment.finalize(context.call((undefined(name='rows_of') if l_0_rows_of is missing else l_0_rows_of), environment.getattr(l_1_section, 'others'), _loop_vars=_loop_vars)))
            yield '\n</section>\n'
        if environment.getattr(l_1_section, 'outputs'):
            pass
            yield '<section>\n<h3>Changes to outputs</h3>\n<pre class="diff"><code>'
            yield escape(environment.finalize(t_12(environment.getattr(l_1_section, 'outputs'))))
            yield '</code></pre>\n</section>\n'
        if environment.getattr(l_1_section, 'deferred'):
            pass
            yield '<section>\n<h3>'
            yield escape(environment.finalize(t_7(environment.getattr(l_1_section, 'deferred'))))
            yield ' '
            yield escape(environment.finalize(('change is' if (t_7(environment.getattr(l_1_section, 'deferred')) == 1) else 'changes are')))
            yield ' deferred to a later plan</h3>\n<ul>\n'
            for (l_2_address, l_2_action, l_2_reason) in environment.getattr(l_1_section, 'deferred'):
                _loop_vars = {}
                pass
                yield '<li data-text>⏭️ '
                yield escape(environment.finalize(t_2(l_2_address)))
                yield ' · '
                yield escape(environment.finalize(t_4(l_2_action)))
                if l_2_reason:
                    pass
                    yield ' · '
                    yield escape(environment.finalize(t_4(l_2_reason)))
                yield '</li>\n'
            l_2_address = l_2_action = l_2_reason = missing
            yield '</ul>\n</section>\n'
        if environment.getattr(l_1_section, 'drift'):
            pass
            yield '<details class="group"><summary><span class="name">Changed outside of Terraform</span></summary>\n<pre class="diff"><code>'
            yield escape(environment.finalize(t_12(environment.getattr(l_1_section, 'drift'))))
            yield '</code></pre>\n</details>\n'
        if environment.getattr(l_1_section, 'unshown_drift'):
            pass
            yield '<p class="notice">ℹ️ '
            yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'unshown_drift'), environment.getattr(l_1_section, 'unshown_drift'), _loop_vars=_loop_vars)))
            yield '</p>\n'
        if environment.getattr(l_1_section, 'whole'):
            pass
            yield '<details class="group"><summary><span class="name">Terraform\'s text</span></summary>\n<pre class="diff"><code>'
            yield escape(environment.finalize(t_12(environment.getattr(l_1_section, 'whole'))))
            yield '</code></pre>\n</details>\n'
        if ((((not environment.getattr(l_1_section, 'summary')) and t_20(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'applied'))) and (environment.getattr(l_1_section, 'source') == 'json')) and (not t_19(environment.getattr(environment.getattr((undefined(name='project') if l_1_project is missing else l_1_project), 'plan'), 'stage')))):
            pass
            yield "<p>Terraform's plan would change nothing.</p>\n"
        yield '</section>\n'
    l_1_loop = l_1_section = l_1_project = l_1_beside = l_1_others = l_1_applied = l_1_done = l_1_undone = l_1_left = missing
    yield '</main>\n<footer>\n'
    if (undefined(name='hidden') if l_0_hidden is missing else l_0_hidden):
        pass
        l_0_count = t_16(environment, t_10(context, (undefined(name='hidden') if l_0_hidden is missing else l_0_hidden), 'last'))
        context.vars['count'] = l_0_count
        context.exported_vars.add('count')
        l_0_said = markup_join(((undefined(name='count') if l_0_count is missing else l_0_count), (' secret is' if ((undefined(name='count') if l_0_count is missing else l_0_count) == 1) else ' secrets are'), ' hidden', ))
        context.vars['said'] = l_0_said
        context.exported_vars.add('said')
        if (t_7((undefined(name='hidden') if l_0_hidden is missing else l_0_hidden)) > 12):
            pass
            yield '<details class="hidden"><summary>🔒 '
            yield escape(environment.finalize((undefined(name='said') if l_0_said is missing else l_0_said)))
            yield ' in '
            yield escape(environment.finalize(t_7((undefined(name='hidden') if l_0_hidden is missing else l_0_hidden))))
            yield ' places</summary><p>'
            yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'hidden_in'), (undefined(name='hidden') if l_0_hidden is missing else l_0_hidden))))
            yield '.</p></details>\n'
        else:
            pass
            yield '<p>🔒 '
            yield escape(environment.finalize((undefined(name='said') if l_0_said is missing else l_0_said)))
            yield ': '
            yield escape(environment.finalize(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'hidden_in'), (undefined(name='hidden') if l_0_hidden is missing else l_0_hidden))))
            yield '.</p>\n'
    yield '<ul class="links">\n'
    if environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'commit'):
        pass
        yield '<li>commit <code>'
        yield escape(environment.finalize(t_15(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'commit')[:12])))
        yield '</code></li>\n'
    yield escape(environment.finalize(context.call((undefined(name='link') if l_0_link is missing else l_0_link), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'run'), 'run')))
    yield '\n'
    yield escape(environment.finalize(context.call((undefined(name='link') if l_0_link is missing else l_0_link), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'commit'), 'changes')))
    yield '\n'
    yield escape(environment.finalize(context.call((undefined(name='link') if l_0_link is missing else l_0_link), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'pull_request'), 'pull request')))
    yield '\n'
    yield escape(environment.finalize(context.call((undefined(name='link') if l_0_link is missing else l_0_link), context.call((undefined(name='way_on') if l_0_way_on is missing else l_0_way_on), environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'status'), environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'applying')), 'what to do')))
    yield '\n'
    if (environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'applying') and environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'pull_requests')):
        pass
        yield '<li>covers '
        yield escape(environment.finalize(t_6(context.eval_ctx, t_10(context, environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'pull_requests'), 'pr_number'), ', ')))
        yield '</li>\n'
    for l_1_version in t_13(context, t_17(environment, t_10(context, (undefined(name='sections') if l_0_sections is missing else l_0_sections), attribute='terraform'))):
        _loop_vars = {}
        pass
        yield '<li>Terraform '
        yield escape(environment.finalize(l_1_version))
        yield '</li>\n'
    l_1_version = missing
    yield '</ul>\n<p>Made by gitops-bot. This page loads nothing.</p>\n</footer>\n<script>'
    yield escape(environment.finalize(t_12((undefined(name='script') if l_0_script is missing else l_0_script))))
    yield '</script>\n</body>\n</html>'

blocks = {}
debug_info = '1=152&2=154&3=165&4=170&5=172&6=178&7=186&9=215&14=228&17=238&19=247&20=274&21=278&25=287&26=306&30=314&31=319&40=345&44=347&45=353&48=355&49=360&50=364&51=368&52=371&56=374&57=377&58=379&61=381&65=384&66=388&69=396&70=399&74=402&75=405&79=408&81=419&82=423&88=448&89=452&91=455&95=458&96=462&106=473&107=483&108=486&109=488&110=491&112=498&114=501&117=504&118=506&119=509&120=511&121=513&123=516&124=520&128=524&129=526&130=529&133=538&134=542&142=547&143=550&145=552&146=556&148=559&149=562&151=570&152=575&153=580&154=584&156=592&157=596&159=603&160=605&162=608&164=611&167=614&168=617&170=625&171=628&173=632&175=635&178=638&179=640&180=642&181=644&183=646&184=649&185=657&189=659&190=661&192=664&193=666&194=674&196=676&197=680&203=686&206=689&207=693&208=700&209=703&211=705&212=709&218=715&221=718&224=721&225=723&228=725&230=728&231=732&235=736&237=739&238=741&241=743&244=746&247=748&249=751&251=755&252=759&257=769&259=772&262=774&263=777&265=779&267=782&270=784&277=790&278=792&279=795&280=798&281=801&283=810&287=815&288=818&290=820&291=822&292=824&293=826&294=828&295=831&297=833&298=837&303=841'
