"""Asks the real Salt what configuration files mean and what its outputters print. Needs Salt 3006; opens no connection.

    judge.py config < {"cases": [directory, …]}                          what Salt makes of cloud*, and of map.yml in there
    judge.py output < {"cases": [{"output", "value", "opts"}, …]}        what salt-cloud prints, without the last line break
    judge.py jinja < {"cases": [file, …]}                                what a map's Jinja gives: {"text"} or {"error"}

All answer with one JSON list, an item a case, in the order asked.
"""
import copy
import json
import logging
import os
import signal
import sys

import salt.cloud
import salt.config
import salt.minion
import salt.loader
import salt.output
import salt.template
import salt.utils.cloud

# CPU seconds that a case may take: some of what Salt does with `extends` could go round for ever.
PATIENCE = 2


class Map(salt.cloud.Map):
    """Salt's map parser where no provider has any machine and no driver is asked."""

    def __init__(self, opts):  # pylint: disable=super-init-not-called
        self.opts = opts
        self.rendered_map = self.read()

    def map_providers_parallel(self, query="list_nodes", cached=False):
        return {}


class Hangs(BaseException):
    """Past the patience. No Exception, so that Salt does not swallow it."""


class Lines(logging.Handler):
    """What Salt logs from warnings on."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def hang(*_):
    raise Hangs


def quick(work, *args):
    """Runs within the patience; the answer, or {"error"}. May be used within itself."""
    outer, _ = signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        return work(*args)
    except Hangs:
        return {"error": "it never ends"}
    except (Exception, SystemExit) as exc:  # pylint: disable=broad-except
        return {"error": f"{type(exc).__name__}: {exc}"}
    finally:
        signal.setitimer(signal.ITIMER_PROF, outer)


def written(path):
    """What the main file, and what it includes, say: Salt's defaults left out."""
    own = salt.config.load_config(path, "", "")
    own.update(salt.config.include_config(own.get("default_include", "cloud.conf.d/*.conf"), path, verbose=False))
    own.update(salt.config.include_config(own.get("include", []), path, verbose=False))
    return own


def effective(opts, main, machine):
    """What a driver and the deployment get for each key that is written anywhere, and what Salt makes of it."""
    keys = {**main, **machine}
    settings = {key: salt.config.get_cloud_config_value(key, machine, opts) for key in keys}
    return {"settings": settings, "made": quick(made, opts, {**settings, **machine})}


def made(opts, machine):
    """The files that go onto the machine, rendered by Salt."""
    minion = salt.utils.cloud.minion_config(opts, machine)
    grains = minion.pop("grains")
    answer = {"minion": minion, "grains": grains}
    script = salt.config.get_cloud_config_value("script", machine, opts)
    # The last one holds the scripts that come with Salt.
    own = opts["deploy_scripts_search_path"][:-1]
    if any(os.path.exists(f"{path}/{script}{end}") for path in own for end in ("", ".sh")):
        answer["script"] = salt.utils.cloud.os_script(script, machine, opts, {**minion, "grains": grains})
    if "userdata_file" in machine:
        with open(machine["userdata_file"], encoding="utf-8") as file:
            answer["userdata"] = salt.utils.cloud.userdata_template(opts, machine, file.read())
    return answer


def of_profile(opts, main, profile):
    """As for `-p`: main file, provider, profile."""
    alias, driver = profile["provider"].split(":")
    details = copy.deepcopy(opts["providers"][alias][driver])
    details.pop("profiles", None)
    merged = salt.cloud.Cloud.vm_config(None, copy.deepcopy(main), details, copy.deepcopy(profile), {})
    return effective(opts, main, merged)


def levels(mapper, data):
    """What run_map does before it creates anything."""
    if mapper._has_loop(data):
        raise salt.exceptions.SaltCloudException("a dependency loop")
    return {name: mapper._calcdep(data, name, node, 0) for name, node in data["create"].items()}


def read(directory):
    path = os.path.join(directory, "cloud")
    opts = salt.config.cloud_config(path)
    main = {key: opts[key] for key in written(path) if key in opts}
    profiles = {name: of_profile(opts, main, profile) for name, profile in opts["profiles"].items()}
    providers = {
        alias: {driver: {k: v for k, v in it.items() if k != "profiles"} for driver, it in drivers.items()}
        for alias, drivers in opts["providers"].items()
    }
    answer = {"error": None, "providers": providers, "profiles": profiles, "main": main, "map": None}
    file = os.path.join(directory, "map.yml")
    if os.path.exists(file):
        answer["map"] = quick(read_map, {**opts, "map": file}, main)
    return answer


def read_map(opts, main):
    mapper = Map(opts)
    data = mapper.map_data()
    order = levels(mapper, copy.deepcopy(data))
    machines = {name: effective(opts, main, node) for name, node in data["create"].items()}
    return {"error": None, "machines": machines, "levels": order, "errors": data.get("errors", {})}


def config(directory):
    log = Lines()
    os.chdir(directory)
    logging.getLogger().addHandler(log)
    try:
        return {**quick(read, directory), "log": log.lines}
    finally:
        logging.getLogger().removeHandler(log)


def output(case):
    opts = {"color": False, "extension_modules": "", "optimization_order": [0, 1, 2], **case.get("opts", {})}
    return salt.output.try_printout(case["value"], case["output"], opts)


def jinja(path, known={}):  # pylint: disable=dangerous-default-value
    """As the map parser renders it, before it is read as YAML."""
    if not known:
        opts = {**salt.config.cloud_config(os.path.join(os.path.dirname(path), "cloud")), "site": "paris"}
        known.update(opts=opts, renderers=salt.loader.render(opts, {}))
    log = Lines()
    logging.getLogger().addHandler(log)
    try:
        text = quick(salt.template.compile_template, path, known["renderers"], "jinja", [], [])
    finally:
        logging.getLogger().removeHandler(log)
    if isinstance(text, dict):
        return text
    text = text if isinstance(text, str) else text.read() if hasattr(text, "read") else None
    return {"error": log.lines[-1] if log.lines else "nothing"} if text is None else {"text": text}


def main():
    work = {"config": config, "output": output, "jinja": jinja}[sys.argv[1]]
    cases = json.load(sys.stdin)["cases"]
    answers, sys.stdout = sys.stdout, sys.stderr
    # What a map may call with `salt[…]` belongs to a minion's modules; loading them costs a second a map.
    salt.minion.MasterMinion = lambda opts: None
    signal.signal(signal.SIGPROF, hang)
    json.dump([work(case) for case in cases], answers, default=str)


main()
