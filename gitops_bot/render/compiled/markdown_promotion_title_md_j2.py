from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/promotion_title.md.j2 by `make templates`
name = 'promotion_title.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_report = resolve('report')
    l_0_allowed = resolve('allowed')
    l_0_redactor = resolve('redactor')
    try:
        t_1 = environment.filters['join']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'join' found.")
    try:
        t_2 = environment.filters['length']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'length' found.")
    try:
        t_3 = environment.filters['map']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'map' found.")
    try:
        t_4 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    if t_4(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict')):
        pass
        yield 'Promotion order not checked\n'
    elif (not (undefined(name='allowed') if l_0_allowed is missing else l_0_allowed)):
        pass
        yield 'Blocked: '
        yield str(t_1(context.eval_ctx, t_3(context, environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'reasons')[:3], attribute='reason.value'), ', '))
        if (t_2(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'reasons')) > 3):
            pass
            yield ' and '
            yield str((t_2(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'reasons')) - 3))
            yield ' more'
        yield '\n'
    elif (environment.getattr(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'proven'), 'value') == 'hotfix'):
        pass
        yield 'Hotfix: let through\n'
    elif (environment.getattr(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'proven'), 'value') == 'backflow'):
        pass
        yield 'Allowed: brings down a hotfix\n'
    elif (not environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'below')):
        pass
        yield 'Allowed: lowest environment\n'
    elif (environment.getattr(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'proven'), 'value') == 'unchanged'):
        pass
        yield 'Allowed: nothing that '
        yield str(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'below')))
        yield ' would have to prove\n'
    elif (environment.getattr(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'proven'), 'value') == 'partial'):
        pass
        yield 'Allowed: its files work in '
        yield str(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'below')))
        yield '\n'
    elif (environment.getattr(environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'proven'), 'value') == 'older'):
        pass
        yield 'Allowed: worked in '
        yield str(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'below')))
        yield ' before\n'
    else:
        pass
        yield 'Allowed: works in '
        yield str(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'verdict'), 'below')))
        yield '\n'

blocks = {}
debug_info = '1=38&2=41&4=51&5=54&6=57&7=60&8=65&9=70&10=78'
