from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/verdict.md.j2 by `make templates`
name = 'verdict.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_brief = resolve('brief')
    l_0_judged_at = resolve('judged_at')
    l_0_words = missing
    pass
    l_0_words = context.vars['words'] = environment.get_template('words.md.j2', 'verdict.md.j2').make_module(context.get_all(), True, {'words': l_0_words})
    context.exported_vars.discard('words')
    if (undefined(name='brief') if l_0_brief is missing else l_0_brief):
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'briefly')))
        yield '\n'
    else:
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'promotion')))
        yield '\n'
    if (undefined(name='judged_at') if l_0_judged_at is missing else l_0_judged_at):
        pass
        yield '\n<sub>Judged again at '
        yield str((undefined(name='judged_at') if l_0_judged_at is missing else l_0_judged_at))
        yield '</sub>\n'

blocks = {}
debug_info = '1=14&2=16&3=18&5=22&7=24&9=27'
