from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/parity.md.j2 by `make templates`
name = 'parity.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_project = resolve('project')
    l_0_words = resolve('words')
    l_0_beside = l_0_marked = l_0_more = l_0_others = l_0_told = missing
    try:
        t_1 = environment.filters['length']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'length' found.")
    try:
        t_2 = environment.filters['take']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'take' found.")
    pass
    l_0_beside = environment.getattr((undefined(name='project') if l_0_project is missing else l_0_project), 'parity')
    context.vars['beside'] = l_0_beside
    context.exported_vars.add('beside')
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'parity'), (undefined(name='beside') if l_0_beside is missing else l_0_beside)))
    yield '\n\n'
    l_0_marked = t_2(context, environment.getattr((undefined(name='beside') if l_0_beside is missing else l_0_beside), 'dangerous'))[:30]
    context.vars['marked'] = l_0_marked
    context.exported_vars.add('marked')
    for l_1_of in (undefined(name='marked') if l_0_marked is missing else l_0_marked):
        _loop_vars = {}
        pass
        yield '- '
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'pair'), l_1_of, (undefined(name='beside') if l_0_beside is missing else l_0_beside), _loop_vars=_loop_vars))
        yield '\n'
    l_1_of = missing
    l_0_more = (t_1(environment.getattr((undefined(name='beside') if l_0_beside is missing else l_0_beside), 'dangerous')) - t_1((undefined(name='marked') if l_0_marked is missing else l_0_marked)))
    context.vars['more'] = l_0_more
    context.exported_vars.add('more')
    if (undefined(name='more') if l_0_more is missing else l_0_more):
        pass
        yield '\n… and **'
        yield str((undefined(name='more') if l_0_more is missing else l_0_more))
        yield ' more destroyed or replaced** here and not there.\n\n'
    l_0_others = environment.getattr((undefined(name='beside') if l_0_beside is missing else l_0_beside), 'pairs')[t_1(environment.getattr((undefined(name='beside') if l_0_beside is missing else l_0_beside), 'dangerous')):]
    context.vars['others'] = l_0_others
    context.exported_vars.add('others')
    l_0_told = t_2(context, (undefined(name='others') if l_0_others is missing else l_0_others))[:20]
    context.vars['told'] = l_0_told
    context.exported_vars.add('told')
    for l_1_of in (undefined(name='told') if l_0_told is missing else l_0_told):
        _loop_vars = {}
        pass
        yield '- '
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'pair'), l_1_of, (undefined(name='beside') if l_0_beside is missing else l_0_beside), _loop_vars=_loop_vars))
        yield '\n'
    l_1_of = missing
    if (t_1((undefined(name='others') if l_0_others is missing else l_0_others)) > t_1((undefined(name='told') if l_0_told is missing else l_0_told))):
        pass
        yield '\n… and '
        yield str((t_1((undefined(name='others') if l_0_others is missing else l_0_others)) - t_1((undefined(name='told') if l_0_told is missing else l_0_told))))
        yield ' more.\n'

blocks = {}
debug_info = '1=26&2=29&4=31&5=34&6=38&8=41&9=44&11=47&14=49&15=52&16=55&17=59&19=62&21=65'
