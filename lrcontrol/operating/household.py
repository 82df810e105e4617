"""What of the daemon orders are about that are not about one rate: checkpoints, files, sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lrcontrol.loop import Loop
from lrcontrol.operating.reload import Parts
from lrcontrol.operating.reloading import Reloading
from lrcontrol.operating.retune import retune
from lrcontrol.served import Served

if TYPE_CHECKING:
    from lrcontrol.keeping.kept import Kept


class Household:
    """The clerk's ``House`` over a running daemon; for the learning thread."""

    def __init__(
        self,
        reloading: Reloading,
        mend: Callable[[str], None],
        show: Callable[[], None],
        kept: Kept | None,
    ) -> None:
        self._reloading = reloading
        self.mend = mend
        self.show = show
        self._kept = kept
        self._served: Sequence[Served] = ()
        self._reloaded: Callable[[], None] = lambda: None

    def begin(self, served: Sequence[Served], reloaded: Callable[[], None]) -> None:
        """Take over what runs; ``reloaded`` is called after each reload that went well."""
        self._served, self._reloaded = served, reloaded

    @property
    def keeps(self) -> bool:
        """Whether there are checkpoints."""
        return self._kept is not None

    def keep_soon(self) -> None:
        """Write a checkpoint at the next turn."""
        if self._kept is not None:
            self._kept.soon()

    def loop_of(self, model: str, checkpoint: int) -> Loop:
        """Return a model's loop as a checkpoint holds it, 0 for the newest good one.

        Raises LookupError with the reason.
        """
        # What reads models takes time to import, and is there where checkpoints are.
        from lrcontrol.checkpoint.keys import KeyUnusable
        from lrcontrol.checkpoint.unusable import Unusable
        from lrcontrol.keeping.earlier import load_model, newest_good

        settings = self._reloading.settings
        try:
            loop = load_model(settings, checkpoint or newest_good(settings), model).loop
        except (Unusable, KeyUnusable) as error:
            raise LookupError(f"checkpoint {checkpoint or 'pinned'}: {error}") from error
        retune(loop, settings.models[model])  # it was kept with the numbers of then
        return loop

    def reload(self) -> str:
        """Read the configuration again; return what changed. Raises ValueError with all of it."""
        parts = Parts({one.name: one.loop for one in self._served}, self._kept)
        said = self._reloading.reload(parts)
        for one in self._served:
            one.moved()
        self._reloaded()
        return said
