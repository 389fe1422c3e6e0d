from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/progress.md.j2 by `make templates`
name = 'progress.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_progress = resolve('progress')
    l_0_first_lines = resolve('first_lines')
    l_0_environment = resolve('environment')
    l_0_state = l_0_applies = l_0_icons = l_0_hash = l_0_commit = l_0_run = l_0_older = missing
    try:
        t_1 = environment.filters['code']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'code' found.")
    try:
        t_2 = environment.filters['inline']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'inline' found.")
    try:
        t_3 = environment.filters['is_url']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'is_url' found.")
    pass
    l_0_state = environment.getattr(environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'state'), 'value')
    context.vars['state'] = l_0_state
    context.exported_vars.add('state')
    l_0_applies = ((undefined(name='state') if l_0_state is missing else l_0_state) in ('applying', 'not-applied', 'overtaken'))
    context.vars['applies'] = l_0_applies
    context.exported_vars.add('applies')
    l_0_icons = {'planning': '⏳', 'applying': '⏳', 'stale': '🕓', 'overtaken': '🕓', 'not-planned': '❌', 'not-applied': '❌'}
    context.vars['icons'] = l_0_icons
    context.exported_vars.add('icons')
    def macro(l_1_commit):
        t_4 = []
        if l_1_commit is missing:
            l_1_commit = undefined("parameter 'commit' was not provided", name='commit')
        pass
        t_4.append(
            str(t_1(context, l_1_commit[:7])),
        )
        return concat(t_4)
    context.exported_vars.add('hash')
    context.vars['hash'] = l_0_hash = Macro(environment, macro, 'hash', ('commit',), False, False, False, context.eval_ctx.autoescape)
    def macro():
        t_5 = []
        l_1_redactor = resolve('redactor')
        pass
        if t_3(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), environment.getattr(environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'links'), 'commit'))):
            pass
            t_5.extend((
                '[',
                str(context.call((undefined(name='hash') if l_0_hash is missing else l_0_hash), environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'commit'))),
                '](',
                str(environment.getattr(environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'links'), 'commit')),
                ')',
            ))
        else:
            pass
            t_5.append(
                str(context.call((undefined(name='hash') if l_0_hash is missing else l_0_hash), environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'commit'))),
            )
        return concat(t_5)
    context.exported_vars.add('commit')
    context.vars['commit'] = l_0_commit = Macro(environment, macro, 'commit', (), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_words):
        t_6 = []
        l_1_redactor = resolve('redactor')
        if l_1_words is missing:
            l_1_words = undefined("parameter 'words' was not provided", name='words')
        pass
        if t_3(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), environment.getattr(environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'links'), 'run'))):
            pass
            t_6.extend((
                '[',
                str(l_1_words),
                '](',
                str(environment.getattr(environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'links'), 'run')),
                ')',
            ))
        else:
            pass
            t_6.append(
                str(l_1_words),
            )
        return concat(t_6)
    context.exported_vars.add('run')
    context.vars['run'] = l_0_run = Macro(environment, macro, 'run', ('words',), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_words):
        t_7 = []
        l_1_redactor = resolve('redactor')
        if l_1_words is missing:
            l_1_words = undefined("parameter 'words' was not provided", name='words')
        pass
        if t_3(context.call((undefined(name='redactor') if l_1_redactor is missing else l_1_redactor), environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'older_page'))):
            pass
            t_7.extend((
                '[',
                str(l_1_words),
                '](',
                str(environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'older_page')),
                ')',
            ))
        else:
            pass
            t_7.append(
                str(l_1_words),
            )
        return concat(t_7)
    context.exported_vars.add('older')
    context.vars['older'] = l_0_older = Macro(environment, macro, 'older', ('words',), False, False, False, context.eval_ctx.autoescape)
    yield str((undefined(name='first_lines') if l_0_first_lines is missing else l_0_first_lines))
    yield '\n### '
    yield str(environment.getitem((undefined(name='icons') if l_0_icons is missing else l_0_icons), (undefined(name='state') if l_0_state is missing else l_0_state)))
    yield ' Terraform '
    yield str(('apply' if (undefined(name='applies') if l_0_applies is missing else l_0_applies) else 'plan'))
    yield ' · '
    yield str(t_2(context, (undefined(name='environment') if l_0_environment is missing else l_0_environment)))
    yield ' ·'
    if ((undefined(name='state') if l_0_state is missing else l_0_state) == 'planning'):
        pass
        yield ' Planning '
        yield str(context.call((undefined(name='hash') if l_0_hash is missing else l_0_hash), environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'commit')))
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'stale'):
        pass
        yield ' Stale: a newer commit arrived'
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'not-planned'):
        pass
        yield ' No plan of '
        yield str(context.call((undefined(name='hash') if l_0_hash is missing else l_0_hash), environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'commit')))
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'applying'):
        pass
        yield ' Merged, applying'
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'not-applied'):
        pass
        yield ' Nothing was applied'
    else:
        pass
        yield ' Merged, a newer commit is applied'
    yield '\n\n'
    if ((undefined(name='state') if l_0_state is missing else l_0_state) == 'planning'):
        pass
        yield 'Commit '
        yield str(context.call((undefined(name='commit') if l_0_commit is missing else l_0_commit)))
        yield ' is being planned by '
        yield str(context.call((undefined(name='run') if l_0_run is missing else l_0_run), 'this run'))
        if environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'since'):
            pass
            yield ', since '
            yield str(t_2(context, environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'since')))
        yield '. Its plan will stand here.\n\n'
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'stale'):
        pass
        yield 'Commit '
        yield str(context.call((undefined(name='commit') if l_0_commit is missing else l_0_commit)))
        yield ' was planned by '
        yield str(context.call((undefined(name='run') if l_0_run is missing else l_0_run), 'this run'))
        yield ', and is not the newest any more. The run of the newest one writes its plan here.\n\n'
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'not-planned'):
        pass
        yield str(context.call((undefined(name='run') if l_0_run is missing else l_0_run), 'The run'))
        yield ' that was to plan commit '
        yield str(context.call((undefined(name='commit') if l_0_commit is missing else l_0_commit)))
        yield ' ended without a plan. Its log says why. Until there is a plan, nothing is approved.\n\n'
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'applying'):
        pass
        yield 'Commit '
        yield str(context.call((undefined(name='commit') if l_0_commit is missing else l_0_commit)))
        yield ' of '
        yield str(t_1(context, environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'branch')))
        yield ' is being applied by '
        yield str(context.call((undefined(name='run') if l_0_run is missing else l_0_run), 'this run'))
        if environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'since'):
            pass
            yield ', since '
            yield str(t_2(context, environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'since')))
        yield '. It plans once more, and applies only what was approved. What came of it will stand here.\n\n'
    elif ((undefined(name='state') if l_0_state is missing else l_0_state) == 'not-applied'):
        pass
        yield str(context.call((undefined(name='run') if l_0_run is missing else l_0_run), 'The run'))
        yield ' that was to apply commit '
        yield str(context.call((undefined(name='commit') if l_0_commit is missing else l_0_commit)))
        yield ' of '
        yield str(t_1(context, environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'branch')))
        yield ' ended before anything was applied. Its log says why. Run the job again.\n\n'
    else:
        pass
        yield 'A newer commit of '
        yield str(t_1(context, environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'branch')))
        yield ' arrived before '
        yield str(context.call((undefined(name='run') if l_0_run is missing else l_0_run), 'this run'))
        yield ' applied '
        yield str(context.call((undefined(name='commit') if l_0_commit is missing else l_0_commit)))
        yield '. The run of the newer one applies this too, and says here what came of it.\n\n'
    if (not environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'older')):
        pass
    elif (undefined(name='applies') if l_0_applies is missing else l_0_applies):
        pass
        yield 'What was planned: '
        yield str(context.call((undefined(name='older') if l_0_older is missing else l_0_older), str_join(('the plan of ', context.call((undefined(name='hash') if l_0_hash is missing else l_0_hash), environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'older')), ))))
        yield '.\n'
    elif (environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'older') == environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'commit')):
        pass
        yield 'There was a plan of this commit before: '
        yield str(context.call((undefined(name='older') if l_0_older is missing else l_0_older), 'read it in its check'))
        yield '.\n'
    else:
        pass
        yield 'The plan of '
        yield str(context.call((undefined(name='hash') if l_0_hash is missing else l_0_hash), environment.getattr((undefined(name='progress') if l_0_progress is missing else l_0_progress), 'older')))
        yield ' is stale: '
        yield str(context.call((undefined(name='older') if l_0_older is missing else l_0_older), 'read it in its check'))
        yield '.\n'

blocks = {}
debug_info = '1=33&2=36&3=39&4=42&5=53&6=74&7=97&8=120&9=122&10=128&11=132&12=135&13=139&14=142&19=149&20=152&22=160&23=163&25=167&26=169&28=173&29=176&31=186&32=188&35=197&38=203&39=205&40=208&41=210&42=213&44=218'
