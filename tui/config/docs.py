"""``docs/configuration.md``, made from the docstrings of the fields.

``python -m tui.config.docs > docs/configuration.md``
"""

import ast
import inspect
import sys
from collections.abc import Iterator

from tui.config.alerting import AlertSetting, Notify
from tui.config.model import ENVIRONMENT, ENVIRONMENT_ONLY, Context, Settings
from tui.config.takes import hints, takes
from tui.config.views import ViewSetting
from tui.core.names import NO_NAMES

_HEAD = """\
# Configuration

This page is made from the settings themselves by
`python -m tui.config.docs > docs/configuration.md`.

conntop works without any file: put the API key into the variable `CONNTOP_API_KEY`. A file is
needed for several organizations, for other places of the key, and for other keys on the screen.
`conntop config path` prints where it is looked for; `CONNTOP_CONFIG` names another one.
`conntop config show` prints what is in force and where it comes from, `conntop config check`
whether each context can be used. A name that is not listed here is refused, so that a misspelt
one is never overlooked.

```toml
context = "prod"

[contexts.prod]
api_key_command = "pass show conntop/prod"

[contexts.test]
url = "https://api-console.apibricks.io"
api_key_file = "~/.conntop-test-key"

[names.keys]
f1e2d3c4-b5a6-9879-8765-4321dcba0987 = "trading-prod"

[names.networks]
"203.0.113.0/24" = "Frankfurt"

[names.hosts]
ws-server-01 = "gateway one"

[keys]
find = "slash,ctrl+f"

[views.1]
name = "FIX in trouble"
service = "coinapi-fix"
filter = "!state:live"
sort = "beat"
columns = ["state", "beat", "id", "host", "client"]

[[alerts]]
rule = "service:coinapi-ws silent > 5 for 30s"
name = "feed clients silent"
severity = "critical"

[[alerts]]
rule = "link down for 2m"

[notify]
webhook = "https://alerts.example.com/conntop"
webhook_secret_env = "CONNTOP_WEBHOOK_SECRET"
```
"""

_KEY = """\
## Where the key comes from

1. From the one place that the context names: `api_key_env`, `api_key_file`, `api_key_command` or
   `api_key_keyring`. If nothing can be read there, that is an error, and no other place is tried.
2. Otherwise from the variable `CONNTOP_API_KEY`.

A context with two places is refused, and so is a key written into the settings file. No option
takes a key, since others can read the command line. The key is read again after the endpoint has
refused it, so that a new one is picked up; only https and addresses of this machine are given it.

What wins when a setting is given more than once: the option (`--context`, `--url`, `--every`),
then the variable, then the file, then the default.
"""


def descriptions(model: type) -> dict[str, str]:
    """The docstrings under the fields of a class, which Python itself does not keep."""
    [definition] = ast.parse(inspect.getsource(model)).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for one, after in zip(definition.body, definition.body[1:], strict=False):
        match one, after:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                found[name] = inspect.cleandoc(text)
    return found


def _fields(
    model: type[Settings | Context | AlertSetting | Notify | ViewSetting],
    leave_out: tuple[str, ...] = (),
) -> Iterator[str]:
    described, defaults = descriptions(model), model()
    for name, hint in hints(model).items():
        if name in leave_out:
            continue
        yield f"### `{name}`\n\n{described[name]}\n"
        facts = [f"Takes {takes(hint)}."]
        default = getattr(defaults, name)
        if default is not None and default not in ({}, (), "", NO_NAMES, Notify()):
            facts.append(f"Default: `{default}`.")
        if model is Settings and name in ENVIRONMENT:
            facts.append(f"Variable: `{ENVIRONMENT[name]}`.")
        yield f"{' '.join(facts)}\n"


def render() -> str:
    """The page."""
    described = descriptions(Settings)
    variables = "\n".join(
        f"- `{variable}`: {' '.join(described[name].split())}"
        for name, variable in ENVIRONMENT.items()
    )
    return "\n".join(
        [
            _HEAD,
            "## Settings\n",
            *_fields(Settings, ENVIRONMENT_ONLY),
            "## Settings of a context: `[contexts.NAME]`\n",
            *_fields(Context),
            "## Saved views: `[views.1]` to `[views.9]`\n",
            *_fields(ViewSetting),
            "## What is to be told: `[[alerts]]`\n",
            *_fields(AlertSetting),
            "## Where it goes: `[notify]`\n",
            *_fields(Notify),
            _KEY,
            f"## Variables\n\n{variables}\n- `CONNTOP_CONFIG`: path of the settings file.\n",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(render())
