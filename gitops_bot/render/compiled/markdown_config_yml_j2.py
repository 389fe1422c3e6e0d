from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/config.yml.j2 by `make templates`
name = 'config.yml.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_schema = resolve('schema')
    l_0_stages = resolve('stages')
    l_0_region = resolve('region')
    l_0_projects = resolve('projects')
    pass
    yield '# yaml-language-server: $schema='
    yield str((undefined(name='schema') if l_0_schema is missing else l_0_schema))
    yield '\n# Every key: https://github.com/gitops-bot/gitops-bot/blob/main/docs/reference/configuration.md\nversion: 1\nenvironments: # in promotion order, lowest first\n'
    for l_1_stage in (undefined(name='stages') if l_0_stages is missing else l_0_stages):
        l_1_aws = resolve('aws')
        _loop_vars = {}
        pass
        yield '  - name: '
        yield str(environment.getattr(l_1_stage, 'name'))
        yield '\n'
        if (environment.getattr(l_1_stage, 'branch') != environment.getattr(l_1_stage, 'name')):
            pass
            yield '    branch: '
            yield str(environment.getattr(l_1_stage, 'branch'))
            yield '\n'
        if environment.getattr(l_1_stage, 'roles'):
            pass
            yield '    aws:\n      plan_role: '
            yield str(environment.getattr(l_1_stage, 'plan_role'))
            yield '\n      apply_role: '
            yield str(environment.getattr(l_1_stage, 'apply_role'))
            yield '\n'
            if environment.getattr(l_1_stage, 'region'):
                pass
                yield '      region: '
                yield str(environment.getattr(l_1_stage, 'region'))
                yield '\n'
        elif (undefined(name='aws') if l_1_aws is missing else l_1_aws):
            pass
            yield '    # aws: {plan_role: "arn:aws:iam::111111111111:role/gitops-plan", apply_role: "arn:aws:iam::111111111111:role/gitops-apply"}\n'
            if environment.getattr(l_1_stage, 'region'):
                pass
                yield '    aws: {region: '
                yield str(environment.getattr(l_1_stage, 'region'))
                yield '} # one table with the roles\n'
    l_1_stage = l_1_aws = missing
    if (undefined(name='region') if l_0_region is missing else l_0_region):
        pass
        yield 'aws: {region: '
        yield str((undefined(name='region') if l_0_region is missing else l_0_region))
        yield '}\n'
    yield 'projects: # Terraform root modules, applied in this order\n'
    for l_1_project in (undefined(name='projects') if l_0_projects is missing else l_0_projects):
        _loop_vars = {}
        pass
        yield '  - name: '
        yield str(environment.getattr(l_1_project, 'name'))
        yield '\n'
        if environment.getattr(l_1_project, 'dir'):
            pass
            yield '    dir: '
            yield str(environment.getattr(l_1_project, 'dir'))
            yield '\n'
        if environment.getattr(l_1_project, 'var_files'):
            pass
            yield '    var_files: '
            yield str(environment.getattr(l_1_project, 'var_files'))
            yield '\n'
        if environment.getattr(l_1_project, 'backend_config'):
            pass
            yield '    backend_config: '
            yield str(environment.getattr(l_1_project, 'backend_config'))
            yield '\n'
        if environment.getattr(l_1_project, 'workspace'):
            pass
            yield '    workspace: '
            yield str(environment.getattr(l_1_project, 'workspace'))
            yield '\n'
    l_1_project = missing

blocks = {}
debug_info = '1=16&5=18&6=23&7=25&8=28&10=30&12=33&13=35&14=37&15=40&17=42&19=45&20=48&24=51&25=54&28=57&29=61&30=63&31=66&33=68&34=71&36=73&37=76&39=78&40=81'
