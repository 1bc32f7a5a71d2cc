"""A batch of restarts by HALS, from mark to mark as `flow.Flow` goes; iterations stand for time."""

from starnmf.factorization.dense.hals import DenseHals
from starnmf.factorization.flow import BatchDescent


class Alternation(BatchDescent):
    """A batch on its course; every restart has made the same number of iterations."""

    batch: DenseHals

    def advance(self) -> list[int]:
        """Iterate once, but for the very first call; returns the restarts that wait to `go_on`."""
        started = self.clocks[0].gradients > 0 or self.clocks[0].mark > 0
        if started:
            self.batch.iterate()
        for clock in self.clocks:
            clock.at += started
            clock.gradients += started
        waiting = self.at_mark(0) or self.is_capped(0)
        return list(range(len(self.clocks))) if waiting else []

    def go_on(self, restarts: list[int]) -> None:
        """Turn the named restarts to their next mark."""
        for place in restarts:
            self.clocks[place].mark += self.at_mark(place)
