from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/title.md.j2 by `make templates`
name = 'title.md.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_report = resolve('report')
    l_0_words = missing
    pass
    l_0_words = context.vars['words'] = environment.get_template('words.md.j2', 'title.md.j2').make_module(context.get_all(), True, {'words': l_0_words})
    context.exported_vars.discard('words')
    if ((environment.getattr(environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'status'), 'value') == 'blocked') and (not environment.getattr((undefined(name='report') if l_0_report is missing else l_0_report), 'applying'))):
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'plan_outcome')))
    else:
        pass
        yield str(context.call(environment.getattr((undefined(name='words') if l_0_words is missing else l_0_words), 'outcome')))

blocks = {}
debug_info = '1=13&2=15'
