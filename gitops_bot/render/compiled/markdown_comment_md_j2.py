from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/comment.md.j2 by `make templates`
name = 'comment.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_marker = resolve('marker')
    l_0_environment = resolve('environment')
    l_0_report = resolve('report')
    l_0_begin = resolve('begin')
    l_0_end = resolve('end')
    l_0_losses = resolve('losses')
    l_0_sections = resolve('sections')
    l_0_counted = resolve('counted')
    l_0_words = missing
    try:
        t_1 = environment.filters['html_code']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'html_code' found.")
    try:
        t_2 = environment.filters['inline']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'inline' found.")
    try:
        t_3 = environment.filters['length']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'length' found.")
    try:
        t_4 = environment.filters['list']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'list' found.")
    try:
        t_5 = environment.filters['selectattr']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No filter named 'selectattr' found.")
    try:
        t_6 = environment.filters['take']
    except KeyError:
        @internalcode
        def t_6(*unused):
            raise TemplateRuntimeError("No filter named 'take' found.")
    pass
    l_0_words = context.vars['words'] = environment.get_template('words.md.j2', 'comment.md.j2').make_module(context.get_all(), True, {'words': l_0_words})
    context.exported_vars.discard('words')
    yield str((undefined(name='marker') if l_0_marker is missing else l_0_marker))
    yield '\n### '
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'icon')))
    yield ' '
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'subject')))
    yield ' · '
    yield str(t_2(context, (undefined(name='environment') if l_0_environment is missing else l_0_environment)))
    yield ' · '
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'heading')))
    yield '\n\n'
    if environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'message'):
        pass
        yield str(t_2(context, environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'message')))
        yield '\n\n'
    if (undefined(name='begin') if l_0_begin is missing else l_0_begin):
        pass
        yield str((undefined(name='begin') if l_0_begin is missing else l_0_begin))
        yield '\n\n'
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'promotion')))
        yield '\n\n'
        yield str((undefined(name='end') if l_0_end is missing else l_0_end))
        yield '\n\n'
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'guards')))
        yield '\n'
    else:
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'verdict')))
        yield '\n'
    yield '\n'
    if (environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'status'), 'value') not in ('closed', 'superseded', 'promoted', 'ignored')):
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'lost'), (undefined(name='losses') if l_0_losses is missing else l_0_losses)))
        yield '\n'
        if (t_3(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'projects')) > 1):
            pass
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'beside_danger')))
            yield '\n\n'
        if (t_3((undefined(name='sections') if l_0_sections is missing else l_0_sections)) > 1):
            pass
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'overview')))
            yield '\n'
            if ((undefined(name='counted') if l_0_counted is missing else l_0_counted) or t_4(context.eval_ctx, t_5(context, (undefined(name='sections') if l_0_sections is missing else l_0_sections), 'fitted.listed'))):
                pass
                yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'rest')))
                yield '\n\n'
    for l_1_notice in t_6(context, environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'notices')):
        _loop_vars = {}
        pass
        yield '> ℹ️ '
        yield str(t_2(context, l_1_notice))
        yield '\n\n'
    l_1_notice = missing
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'more'), environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'notices')))
    yield '\n'
    if (environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'status'), 'value') not in ('closed', 'superseded', 'promoted', 'ignored')):
        pass
        for l_1_section in (undefined(name='sections') if l_0_sections is missing else l_0_sections):
            _loop_vars = {}
            pass
            if (t_3(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'projects')) > 1):
                pass
                yield '<details'
                yield str((' open' if environment.getattr(l_1_section, 'opened') else cond_expr_undefined("the inline if-expression on line 43 in 'comment.md.j2' evaluated to false and no else section was defined.")))
                yield '><summary><b>'
                yield str(t_1(context, environment.getattr(environment.getattr(l_1_section, 'project'), 'project')))
                yield '</b>'
                if (environment.getattr(environment.getattr(l_1_section, 'project'), 'dir') and (environment.getattr(environment.getattr(l_1_section, 'project'), 'dir') != environment.getattr(environment.getattr(l_1_section, 'project'), 'project'))):
                    pass
                    yield ' · '
                    yield str(t_1(context, environment.getattr(environment.getattr(l_1_section, 'project'), 'dir')))
                yield ' · '
                yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'result'), l_1_section, _loop_vars=_loop_vars))
                yield '</summary>\n\n'
                template = environment.get_template('section.md.j2', 'comment.md.j2')
                gen = template.root_render_func(template.new_context(context.get_all(), True, {'section': l_1_section, 'words': l_0_words}))
                try:
                    for event in gen:
                        yield event
                finally: gen.close()
                yield '\n</details>\n\n'
            else:
                pass
                template = environment.get_template('section.md.j2', 'comment.md.j2')
                gen = template.root_render_func(template.new_context(context.get_all(), True, {'section': l_1_section, 'words': l_0_words}))
                try:
                    for event in gen:
                        yield event
                finally: gen.close()
        l_1_section = missing
        if (t_3(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'projects')) > t_3((undefined(name='sections') if l_0_sections is missing else l_0_sections))):
            pass
            yield '… and '
            yield str((t_3(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'projects')) - t_3((undefined(name='sections') if l_0_sections is missing else l_0_sections))))
            yield ' more '
            yield str(('project' if ((t_3(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'projects')) - t_3((undefined(name='sections') if l_0_sections is missing else l_0_sections))) == 1) else 'projects'))
            yield '.\n\n'
        if (undefined(name='counted') if l_0_counted is missing else l_0_counted):
            pass
            yield 'Not shown for lack of space: '
            yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'left_out'), (undefined(name='counted') if l_0_counted is missing else l_0_counted)))
            yield '.\n\n'
    template = environment.get_template('footer.md.j2', 'comment.md.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {'words': l_0_words}))
    try:
        for event in gen:
            yield event
    finally: gen.close()

blocks = {}
debug_info = '1=56&2=58&3=60&5=68&6=70&9=72&10=74&12=76&14=78&16=80&18=84&21=87&22=89&23=91&24=93&27=95&28=97&29=99&30=101&35=103&36=107&39=110&40=112&41=114&42=117&43=120&45=131&50=140&53=147&54=150&57=154&58=157&62=159'
