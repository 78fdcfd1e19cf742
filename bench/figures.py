"""A row of the table: what was measured of each engine, and whether the budget holds."""


def row(what, values, budget='', holds=None, form='%.1f'):
    """values: engine name -> figure. holds(coracle, docker) decides, when Coracle was measured."""
    coracle, docker = values.get('coracle'), values.get('docker')
    ok = holds(coracle, docker) if holds and coracle is not None and (docker is not None or 'docker' not in budget) else None
    return {'what': what, 'coracle': coracle, 'docker': docker, 'budget': budget, 'ok': ok, 'format': form}
