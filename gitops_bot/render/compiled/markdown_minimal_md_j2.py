from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/minimal.md.j2 by `make templates`
name = 'minimal.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_marker = resolve('marker')
    l_0_environment = resolve('environment')
    l_0_begin = resolve('begin')
    l_0_end = resolve('end')
    l_0_summary = resolve('summary')
    l_0_counted = resolve('counted')
    l_0_words = missing
    try:
        t_1 = environment.filters['inline']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'inline' found.")
    pass
    l_0_words = context.vars['words'] = environment.get_template('words.md.j2', 'minimal.md.j2').make_module(context.get_all(), True, {'words': l_0_words})
    context.exported_vars.discard('words')
    yield str((undefined(name='marker') if l_0_marker is missing else l_0_marker))
    yield '\n### '
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'icon')))
    yield ' '
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'subject')))
    yield ' · '
    yield str(t_1(context, (undefined(name='environment') if l_0_environment is missing else l_0_environment)))
    yield ' · '
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'heading')))
    yield "\n\nThis report is too long to be shown here. The run's log and summary have it.\n\n"
    if (undefined(name='begin') if l_0_begin is missing else l_0_begin):
        pass
        yield str((undefined(name='begin') if l_0_begin is missing else l_0_begin))
        yield '\n\n'
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'briefly')))
        yield '\n\n'
        yield str((undefined(name='end') if l_0_end is missing else l_0_end))
        yield '\n\n'
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'briefly_guarded')))
        yield '\n'
    else:
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'briefly')))
        yield '\n\n'
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'briefly_guarded')))
        yield '\n'
    yield '\n'
    yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'beside_danger')))
    yield '\n\n'
    if (undefined(name='summary') if l_0_summary is missing else l_0_summary):
        pass
        for l_1_key in (undefined(name='summary') if l_0_summary is missing else l_0_summary):
            _loop_vars = {}
            pass
            yield '| '
            yield str(context.call(environment.getattr(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'labels'), 'get'), l_1_key, l_1_key, _loop_vars=_loop_vars))
            yield ' '
        l_1_key = missing
        yield '|\n'
        for l_1_key in (undefined(name='summary') if l_0_summary is missing else l_0_summary):
            _loop_vars = {}
            pass
            yield '| ---: '
        l_1_key = missing
        yield '|\n'
        for (l_1_key, l_1_count) in context.call(environment.getattr((undefined(name='summary') if l_0_summary is missing else l_0_summary), 'items')):
            _loop_vars = {}
            pass
            yield '| '
            yield str(l_1_count)
            yield ' '
        l_1_key = l_1_count = missing
        yield '|\n\n'
    if (undefined(name='counted') if l_0_counted is missing else l_0_counted):
        pass
        yield 'Not shown for lack of space: '
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'left_out'), (undefined(name='counted') if l_0_counted is missing else l_0_counted)))
        yield '.\n'

blocks = {}
debug_info = '1=24&2=26&3=28&7=36&8=38&10=40&12=42&14=44&16=48&18=50&21=53&23=55&24=57&25=65&26=71&29=79&30=82'
