"""What a model's object graph may be made of: the names that unpickling may find."""

from __future__ import annotations

#: River's packages with state of models; not those that load files or drive loops (datasets,
#: stream, evaluate, checks), nor ``compat``, whose objects hold other libraries' models.
RIVER = frozenset([
    "active", "anomaly", "bandit", "base", "cluster", "compose", "conf", "covariance", "drift",
    "dummy", "ensemble", "facto", "feature_extraction", "feature_selection", "forest", "imblearn",
    "linear_model", "metrics", "misc", "model_selection", "multiclass", "multioutput",
    "naive_bayes", "neighbors", "neural_net", "optim", "preprocessing", "proba", "rules", "sketch",
    "stats", "time_series", "tree", "utils", "_river_rust",
])  # fmt: skip
#: Our own modules with state of loops.
OURS = frozenset([
    "adapters", "arms", "bounds", "compiled", "control", "gain", "guard", "kernels", "learners",
    "linear", "loop", "manual", "mirror", "mixed", "mixture", "names", "observed", "onepass",
    "outliers", "progressive", "record", "restore", "scoring", "served", "slopes", "slots",
    "status", "straight", "tally", "vectors", "watched",
])  # fmt: skip
#: Everything else by its full name: what River's models hold, found by pickling all of them.
NAMED = frozenset([
    ("builtins", "dict"), ("builtins", "float"), ("builtins", "frozenset"), ("builtins", "int"),
    ("builtins", "iter"), ("builtins", "list"), ("builtins", "set"), ("builtins", "str"),
    ("builtins", "bool"), ("builtins", "tuple"),
    ("collections", "Counter"), ("collections", "OrderedDict"), ("collections", "defaultdict"),
    ("collections", "deque"),
    ("copy", "deepcopy"), ("copyreg", "__newobj__"), ("functools", "partial"),
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("lrcontrol.checkpoint.pickling", "restore"),
    ("lrcontrol.decisions.entry", "Entry"), ("lrcontrol.decisions.entry", "Made"),
    ("lrcontrol.onepass", "_centre"), ("lrcontrol.onepass", "_standardise"),
    ("numbers", "Number"),
    ("numpy", "dtype"), ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.random._mt19937", "MT19937"), ("numpy.random._pcg64", "PCG64"),
    ("numpy.random._pickle", "__bit_generator_ctor"),
    ("numpy.random._pickle", "__generator_ctor"),
    ("numpy.random._pickle", "__randomstate_ctor"),
    ("random", "Random"), ("statistics", "NormalDist"), ("time", "perf_counter"),
    ("river._river_rust.vectordict", "euclidean_distance_tuple"),
    # Static functions of classes, which pickle names with a dot.
    ("river.forest.online_extra_trees", "ExtraTrees._detection_mode_all"),
    ("river.forest.online_extra_trees", "ExtraTrees._detection_mode_drop"),
    ("river.forest.online_extra_trees", "ExtraTrees._detection_mode_off"),
    ("river.naive_bayes.gaussian", "GaussianNB._make_gaussian"),
    ("river.tree.splitter.ebst_splitter", "EBSTNode._update_estimator_multivariate"),
    ("river.tree.splitter.ebst_splitter", "EBSTNode._update_estimator_univariate"),
])  # fmt: skip
