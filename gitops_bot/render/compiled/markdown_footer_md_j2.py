from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/footer.md.j2 by `make templates`
name = 'footer.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_report = resolve('report')
    l_0__ = resolve('_')
    l_0_redactor = resolve('redactor')
    l_0_way_on = resolve('way_on')
    l_0_hidden = resolve('hidden')
    l_0_words = resolve('words')
    l_0_links = l_0_page = l_0_places = missing
    try:
        t_1 = environment.filters['code']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'code' found.")
    try:
        t_2 = environment.filters['is_url']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'is_url' found.")
    try:
        t_3 = environment.filters['join']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'join' found.")
    try:
        t_4 = environment.filters['map']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'map' found.")
    try:
        t_5 = environment.filters['sum']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No filter named 'sum' found.")
    try:
        t_6 = environment.filters['take']
    except KeyError:
        @internalcode
        def t_6(*unused):
            raise TemplateRuntimeError("No filter named 'take' found.")
    pass
    l_0_links = []
    context.vars['links'] = l_0_links
    context.exported_vars.add('links')
    if environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'commit'):
        pass
        l_0__ = context.call(environment.getattr((undefined(name='links') if l_0_links is missing else l_0_links), 'append'), str_join(('commit ', t_1(context, environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'commit')[:12]), )))
        context.vars['_'] = l_0__
    if t_2(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'run'))):
        pass
        l_0__ = context.call(environment.getattr((undefined(name='links') if l_0_links is missing else l_0_links), 'append'), str_join(('[run](', environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'run'), ')', )))
        context.vars['_'] = l_0__
    if t_2(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'commit'))):
        pass
        l_0__ = context.call(environment.getattr((undefined(name='links') if l_0_links is missing else l_0_links), 'append'), str_join(('[changes](', environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'commit'), ')', )))
        context.vars['_'] = l_0__
    if t_2(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'report'))):
        pass
        l_0__ = context.call(environment.getattr((undefined(name='links') if l_0_links is missing else l_0_links), 'append'), str_join(('[full report](', environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'report'), ')', )))
        context.vars['_'] = l_0__
    if t_2(context.call((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'pull_request'))):
        pass
        l_0__ = context.call(environment.getattr((undefined(name='links') if l_0_links is missing else l_0_links), 'append'), str_join(('[pull request](', environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'links'), 'pull_request'), ')', )))
        context.vars['_'] = l_0__
    if (environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'applying') and environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'pull_requests')):
        pass
        l_0__ = context.call(environment.getattr((undefined(name='links') if l_0_links is missing else l_0_links), 'append'), str_join(('covers ', t_3(context.eval_ctx, t_4(context, t_6(context, environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'pull_requests')), 'pr_number'), ', '), )))
        context.vars['_'] = l_0__
    l_0_page = context.call((undefined(name='way_on') if l_0_way_on is missing else l_0_way_on), environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'status'), environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'applying'))
    context.vars['page'] = l_0_page
    context.exported_vars.add('page')
    if (undefined(name='page') if l_0_page is missing else l_0_page):
        pass
        l_0__ = context.call(environment.getattr((undefined(name='links') if l_0_links is missing else l_0_links), 'append'), str_join(('[what to do](', (undefined(name='page') if l_0_page is missing else l_0_page), ')', )))
        context.vars['_'] = l_0__
    l_0_places = ((undefined(name='hidden') if l_0_hidden is missing else l_0_hidden) + ([('messages', environment.getattr((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), 'hidden'))] if environment.getattr((undefined(name='redactor') if l_0_redactor is missing else l_0_redactor), 'hidden') else []))
    context.vars['places'] = l_0_places
    context.exported_vars.add('places')
    if (undefined(name='places') if l_0_places is missing else l_0_places):
        pass
        yield '🔒 '
        yield str(t_5(environment, t_4(context, (undefined(name='places') if l_0_places is missing else l_0_places), 'last')))
        yield ' '
        yield str(('secret is' if (t_5(environment, t_4(context, (undefined(name='places') if l_0_places is missing else l_0_places), 'last')) == 1) else 'secrets are'))
        yield ' hidden: '
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'hidden_in'), (undefined(name='places') if l_0_places is missing else l_0_places)))
        yield '.\n\n'
    if (undefined(name='links') if l_0_links is missing else l_0_links):
        pass
        yield '<sub>'
        yield str(t_3(context.eval_ctx, (undefined(name='links') if l_0_links is missing else l_0_links), ' · '))
        yield '</sub>\n'

blocks = {}
debug_info = '1=54&2=57&3=61&4=65&5=69&6=73&7=77&8=81&9=84&10=88&11=91&12=94&15=100&16=103'
