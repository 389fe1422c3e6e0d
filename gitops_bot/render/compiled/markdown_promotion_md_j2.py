from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/promotion.md.j2 by `make templates`
name = 'promotion.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_report = resolve('report')
    l_0_words = missing
    try:
        t_1 = environment.filters['inline']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'inline' found.")
    try:
        t_2 = environment.filters['take']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'take' found.")
    pass
    l_0_words = context.vars['words'] = environment.get_template('words.md.j2', 'promotion.md.j2').make_module(context.get_all(), True, {'words': l_0_words})
    context.exported_vars.discard('words')
    yield str((context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'verdict')) or 'The promotion order was not asked.'))
    yield '\n\n'
    for l_1_notice in t_2(context, environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'notices')):
        _loop_vars = {}
        pass
        yield '> ℹ️ '
        yield str(t_1(context, l_1_notice))
        yield '\n\n'
    l_1_notice = missing
    template = environment.get_template('footer.md.j2', 'promotion.md.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {'words': l_0_words}))
    try:
        for event in gen:
            yield event
    finally: gen.close()

blocks = {}
debug_info = '1=25&2=27&4=29&5=33&8=36'
