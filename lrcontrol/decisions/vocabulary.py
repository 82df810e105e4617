"""Words for everything in a decision or a status that comes from a closed list."""

from __future__ import annotations

from collections.abc import Mapping

#: Of ``control.base.Reason``, what goes after "because".
REASONS: Mapping[str, str] = {
    "fixed": "that is the rate it is to keep",
    "schedule": "its schedule has that rate here, whatever the loss",
    "warmup": "it is still warming up",
    "improving": "the loss keeps falling",
    "plateau": "the loss has stopped falling",
    "worse": "the loss rose by more than its noise",
    "no_skill": "the model loses more than a guess would",
    "drift": "the drift detector says that the data have changed",
    "cooldown": "it is waiting after its last move",
    "patience": "it is waiting to see whether this lasts",
    "dead_band": "there is too little to correct",
    "setpoint": "the loss improves at another pace than it is to",
    "nonfinite": "a loss was no finite number",
    "start": "that is where it begins",
    "hypergradient": "the slope of the loss along the rate leads there",
    "leader": "it predicts best of all the rates that learn side by side",
    "promoted": "it has come to predict better than the one before, which learned beside it",
    "race": "copies at other rates are racing it, and it still leads",
    "restored": "an earlier copy of the model was brought back",
    "mixture": "that is the rate of the member that weighs most; each moves its own",
    "diverged": "the divergence ladder has the model in hand",
    "manual": "somebody holds it by hand",
    "released": "it was given back to the controller",
}
#: Of ``control.limits.Limit`` and of what holds a law on each record, what goes after "but".
LIMITS: Mapping[str, str] = {
    "none": "nothing held it back",
    "low": "that is below the lowest rate it may have",
    "high": "that is above the highest rate it may have",
    "slew": "one decision may move the rate only so far",
    "dead_band": "so small a move is not made",
    "nonfinite": "that is no rate",
    "ceiling": "the records themselves allow no more",
    "band_low": "that is below the band its law keeps to",
    "band_high": "that is above the band its law keeps to",
}
#: Of ``control.guarding.Rung``, what goes after "the divergence ladder".
RUNGS: Mapping[str, str] = {
    "watching": "watches, and has nothing to do",
    "lowered": "has lowered the rate, and waits for the loss to come down",
    "frozen": "has stopped the learning, and waits for the loss to come down",
    "cooling": "has brought back an earlier copy at a lower rate, and lets it settle",
    "safe": "is in safe mode: an earlier copy learns at a low fixed rate until it has been quiet "
    "for long, or somebody resumes",
}
#: What the ladder did, with how often.
RULINGS: Mapping[str, str] = {
    "lower": "lowered the rate",
    "freeze": "stopped the learning",
    "thaw": "let it learn again",
    "roll_back": "brought an earlier copy back",
    "safe": "went into safe mode",
    "release": "gave the rate back",
    "drift": "let a worse loss pass as a change of the data",
}
#: What happened to the rate.
DONE: Mapping[str, str] = {"raise": "raised", "lower": "lowered", "keep": "kept"}
#: Arms, as what the rate would be.
ARMS: Mapping[str, str] = {
    "half": "half the rate",
    "double": "double the rate",
    "fixed": "the fixed rate",
}
