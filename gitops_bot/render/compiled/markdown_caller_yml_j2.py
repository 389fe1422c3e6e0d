from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # made from render/templates/caller.yml.j2 by `make templates`
name = 'caller.yml.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_branches = resolve('branches')
    l_0_names = resolve('names')
    l_0_inputs = resolve('inputs')
    pass
    yield 'name: gitops\non:\n  pull_request:\n    types: [opened, synchronize, reopened, ready_for_review, edited, closed, labeled, unlabeled]\n    branches: '
    yield str((undefined(name='branches') if l_0_branches is missing else l_0_branches))
    yield '\n  push:\n    branches: '
    yield str((undefined(name='branches') if l_0_branches is missing else l_0_branches))
    yield '\n  issue_comment: {types: [created]} # zizmor: ignore[dangerous-triggers] /gitops …: runs no code of a pull request\n  schedule: [{cron: "17 * * * *"}] # finds what was merged and never applied\n  workflow_dispatch:\n    inputs:\n      command: {type: choice, required: true, options: [status, plan, apply, promote, baseline, reconcile, unlock, backflow]}\n      environment: {type: choice, options: '
    yield str((undefined(name='names') if l_0_names is missing else l_0_names))
    yield '}\n      approve: {type: string, description: "The digest to approve, for apply and baseline"}\n      to-commit: {type: string, description: "The earlier applied commit to go back to, for promote"}\npermissions: {}\njobs:\n  gitops: # alone in this file: a job beside it could have proofs made that look like the bot\'s\n    # The called jobs share these out; each has its own part.\n    permissions: {contents: write, pull-requests: write, checks: write, deployments: write, actions: write, id-token: write} # zizmor: ignore[undocumented-permissions]\n    uses: gitops-bot/gitops-bot/.github/workflows/gitops.yml@v0 # zizmor: ignore[unpinned-uses] or name a commit\n    with:\n      command: ${{ inputs.command }}\n      environment: ${{ inputs.environment }}\n      approve: ${{ inputs.approve }}\n      to-commit: ${{ inputs.to-commit }}\n'
    for (l_1_name, l_1_value) in (undefined(name='inputs') if l_0_inputs is missing else l_0_inputs):
        _loop_vars = {}
        pass
        yield '      '
        yield str(l_1_name)
        yield ': '
        yield str(l_1_value)
        yield '\n'
    l_1_name = l_1_value = missing

blocks = {}
debug_info = '5=15&7=17&13=19&27=21&28=25'
