"""Why a request was not served, and why a supplier won a lot or did not: a sentence with figures."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from marketplace.aggregation.award.branch import LotSolver
from marketplace.aggregation.award.demand import offers_by_lot
from marketplace.aggregation.award.instance import Instance, Offer
from marketplace.aggregation.award.lot import Lot, lot
from marketplace.aggregation.award.outcome import Award, unit_prices
from marketplace.kernel.money import pounds


class Code(enum.StrEnum):
    """Reasons; the first six are about a request or a supplier, the others about a supplier only."""

    NO_COVERAGE = "NO_COVERAGE"
    QUALITY = "QUALITY"
    PRICE_ABOVE_CEILING = "PRICE_ABOVE_CEILING"
    TIER_SHORT = "TIER_SHORT"
    CAPACITY = "CAPACITY"
    SUPPLIER_LIMIT = "SUPPLIER_LIMIT"
    NO_SAVING = "NO_SAVING"
    OTHERS_SAVE_MORE = "OTHERS_SAVE_MORE"
    SERVED = "SERVED"
    NO_OFFER = "NO_OFFER"
    WON = "WON"


@dataclass(frozen=True)
class Reason:
    """`figure` is the number in the sentence: pence or units short, or pence of saving; 0 for none."""

    code: Code
    figure: int
    sentence: str


def why_unserved(instance: Instance, award: Award, request: int) -> Reason:
    """Why a request was not served, or not in full."""
    return Explainer(instance, award).request(request)


def why_supplier(instance: Instance, award: Award, supplier: int, lot: int) -> Reason:
    """Why a supplier won a lot, or did not."""
    return Explainer(instance, award).supplier(supplier, lot)


class Explainer:
    """Answers about one award; what several answers need is counted once."""

    def __init__(self, instance: Instance, award: Award) -> None:
        self.instance = instance
        self.award = award

    @cached_property
    def _volume(self) -> list[int]:
        return [int(units) for units in self.award.volume()]

    @cached_property
    def _unserved(self) -> list[int]:
        return [int(units) for units in self.instance.qty - self.award.served(self.instance.n_requests)]

    @cached_property
    def _prices(self) -> list[int]:
        return [int(price) for price in unit_prices(self.instance, self.award.tier)]

    @cached_property
    def _by_lot(self) -> list[list[int]]:
        return offers_by_lot(self.instance)

    # --- requests ---------------------------------------------------------------------------------

    def request(self, request: int) -> Reason:
        """Why a request was not served, or not in full."""
        if not self._unserved[request]:
            return Reason(Code.SERVED, 0, "This request is served in full.")
        return self._not_eligible(request) or self._too_dear(request) or self._not_taken(request)

    def _eligible(self, request: int) -> list[int]:
        return [number for number in self._covering(request) if self._is_good_enough(number, request)]

    def _covering(self, request: int) -> list[int]:
        region = self.instance.region[request]
        offers = self._by_lot[int(self.instance.lot[request])]
        return [n for n in offers if self.instance.coverage[self.instance.offers[n].supplier, region]]

    def _is_good_enough(self, number: int, request: int) -> bool:
        points = self.instance.quality[self.instance.offers[number].supplier]
        return bool(points >= self.instance.qmin[request])

    def _not_eligible(self, request: int) -> Reason | None:
        covering = self._covering(request)
        if not covering:
            return Reason(Code.NO_COVERAGE, 0, "No supplier who offers this serves the school's region.")
        if self._eligible(request):
            return None
        best = max(int(self.instance.quality[self.instance.offers[number].supplier]) for number in covering)
        least = int(self.instance.qmin[request])
        words = (
            f"It asks for a quality of {least} points or more; the best supplier in the region has {best}."
        )
        return Reason(Code.QUALITY, least - best, words)

    def _too_dear(self, request: int) -> Reason | None:
        ceiling = int(self.instance.reserve[request])
        offers = [self.instance.offers[number] for number in self._eligible(request)]
        cheapest = min(price for offer in offers for _, price in offer.tiers)
        if cheapest <= ceiling:
            return None
        short = cheapest - ceiling
        words = (
            f"Its ceiling of {pounds(ceiling)} is {pounds(short)} below the lowest price that any supplier"
            f" quoted, {pounds(cheapest)}."
        )
        return Reason(Code.PRICE_ABOVE_CEILING, short, words)

    def _not_taken(self, request: int) -> Reason:
        """A price within the ceiling was quoted: it is open and full, or it is not reached."""
        ceiling = int(self.instance.reserve[request])
        eligible = self._eligible(request)
        opened = [n for n in eligible if self.award.tier[n] >= 0 and self._prices[n] <= ceiling]
        if opened:
            return self._full(request, opened)
        short = min(self._short(number, ceiling) for number in eligible)
        if short > 0:
            words = (
                f"The prices within its ceiling of {pounds(ceiling)} needed {short} more units to be reached."
            )
            return Reason(Code.TIER_SHORT, short, words)
        return self._limited() or self._saves_less()

    def _full(self, request: int, opened: list[int]) -> Reason:
        room = max(self.instance.offers[number].capacity - self._volume[number] for number in opened)
        needed = self._unserved[request] if self.award.is_whole else 1
        if room < needed:
            short = self._unserved[request] - room
            words = f"The suppliers within its ceiling have {room} units left; it is {short} units short."
            return Reason(Code.CAPACITY, short, words)
        limited = self._limited()
        if limited is not None:
            return limited
        if min(self._prices[number] for number in opened) == self.instance.reserve[request]:
            return Reason(
                Code.NO_SAVING, 0, "The price is the same as its ceiling: serving it saves nothing."
            )
        return self._saves_less()

    def _short(self, number: int, ceiling: int) -> int:
        """Units missing for the nearest tier within the ceiling, with all that is unserved and willing."""
        offer = self.instance.offers[number]
        missing = [
            threshold - self._volume[number] - self._willing(offer, price)
            for threshold, price in offer.tiers
            if price <= ceiling
        ]
        return min(missing, default=2**62)

    def _willing(self, offer: Offer, price: int) -> int:
        """Unserved units that this offer may serve at this price."""
        i = self.instance
        may = (i.lot == offer.lot) & (i.reserve >= price) & (i.qmin <= i.quality[offer.supplier])
        may &= i.coverage[offer.supplier][i.region]
        left = min(int(np.array(self._unserved)[may].sum()), offer.capacity)
        return max(left, 0)

    def _limited(self) -> Reason | None:
        rules = self.instance.rules
        used = {self.instance.offers[n].supplier for n, units in enumerate(self._volume) if units}
        if rules.max_suppliers is not None and len(used) >= rules.max_suppliers:
            most = f"{rules.max_suppliers} supplier{'s' * (rules.max_suppliers > 1)}"
            words = f"The round awards to {most} at most, and another would be needed."
            return Reason(Code.SUPPLIER_LIMIT, rules.max_suppliers, words)
        if rules.one_supplier_per_lot or rules.one_supplier_per_school:
            what = "lot" if rules.one_supplier_per_lot else "school"
            words = f"The round has one supplier for each {what}, and another would be needed."
            return Reason(Code.SUPPLIER_LIMIT, 1, words)
        if rules.max_share_bp is not None:
            share = rules.max_share_bp / 100
            words = f"The round gives a supplier {share:g}% of what is spent at most, and this would be more."
            return Reason(Code.SUPPLIER_LIMIT, rules.max_share_bp, words)
        return None

    def _saves_less(self) -> Reason:
        missing = self.award.bound_pence - self.award.value_pence
        words = (
            "The other requests save more with the units there are."
            f" At most {pounds(missing)} more could be saved in the whole round."
        )
        return Reason(Code.OTHERS_SAVE_MORE, missing, words)

    # --- suppliers --------------------------------------------------------------------------------

    def supplier(self, supplier: int, lot: int) -> Reason:
        """Why a supplier won a lot, or did not; the rules between lots are left aside in the figures."""
        numbers = [n for n in self._by_lot[lot] if self.instance.offers[n].supplier == supplier]
        if not numbers:
            return Reason(Code.NO_OFFER, 0, "This supplier made no offer for the lot.")
        number = numbers[0]
        if self._volume[number]:
            return self._won(number)
        return self._out_of_reach(number) or self._beaten(number)

    def _won(self, number: int) -> Reason:
        offer = self.instance.offers[number]
        all_of_them = self._by_lot[offer.lot]
        lost = self._saving(all_of_them) - self._saving([n for n in all_of_them if n != number])
        units, price = self._volume[number], pounds(self._prices[number])
        words = (
            f"Awarded {units} units at {price}. Without this supplier the lot would save {pounds(lost)} less."
        )
        return Reason(Code.WON, lost, words)

    def _out_of_reach(self, number: int) -> Reason | None:
        """The supplier could not have served enough of the lot, whoever else was there."""
        i, offer = self.instance, self.instance.offers[number]
        of_lot = i.lot == offer.lot
        covered = of_lot & i.coverage[offer.supplier][i.region]
        if not covered.any():
            return Reason(
                Code.NO_COVERAGE, 0, "No request of the lot is in a region that this supplier serves."
            )
        good = covered & (i.qmin <= i.quality[offer.supplier])
        if not good.any():
            short = int((i.qmin[covered] - i.quality[offer.supplier]).min())
            words = (
                f"Every request that it covers asks for {short} quality points more than it has, or above."
            )
            return Reason(Code.QUALITY, short, words)
        highest, lowest = int(i.reserve[good].max()), min(price for _, price in offer.tiers)
        if lowest > highest:
            words = (
                f"Its lowest price is {pounds(lowest - highest)} above the highest ceiling it could serve."
            )
            return Reason(Code.PRICE_ABOVE_CEILING, lowest - highest, words)
        missing = min(q - int(i.qty[good & (i.reserve >= price)].sum()) for q, price in offer.tiers)
        if missing > 0:
            words = (
                f"The requests willing to pay its prices are {missing} units short of its nearest threshold."
            )
            return Reason(Code.TIER_SHORT, missing, words)
        least = min(threshold for threshold, _ in offer.tiers)
        if offer.capacity < max(least, 1):
            short = max(least, 1) - offer.capacity
            return Reason(
                Code.CAPACITY, short, f"Its capacity is {short} units short of its first threshold."
            )
        return None

    def _beaten(self, number: int) -> Reason:
        """What the lot would lose if this supplier had to have a part of it."""
        offer = self.instance.offers[number]
        all_of_them = self._by_lot[offer.lot]
        made = self._lot(all_of_them)
        best = self._solved(made)
        forced = self._forced(made, all_of_them.index(number))
        if forced is None:
            words = "No award of the lot with this supplier would save anything."
            return Reason(Code.OTHERS_SAVE_MORE, round(best), words)
        lost = round(best - forced)
        if lost == 0:
            limited = self._limited()
            if limited is not None:
                return limited
            return Reason(
                Code.OTHERS_SAVE_MORE,
                0,
                "An award with it saves as much; ties go to fewer suppliers, then by order.",
            )
        return Reason(
            Code.OTHERS_SAVE_MORE, lost, f"With this supplier the lot would save {pounds(lost)} less."
        )

    def _lot(self, offers: list[int]) -> Lot:
        lot_number = self.instance.offers[offers[0]].lot
        return lot(self.instance, lot_number, np.flatnonzero(self.instance.lot == lot_number), offers)

    def _saving(self, offers: list[int]) -> int:
        """What the lot saves with these offers alone, in pence."""
        return round(self._solved(self._lot(offers))) if offers else 0

    @staticmethod
    def _solved(made: Lot) -> float:
        return LotSolver(made.chain).solve().value if len(made.chain.modes) else 0.0

    @staticmethod
    def _forced(made: Lot, offer: int) -> float | None:
        """The greatest saving with a tier of this offer open; None when there is no such award."""
        found = []
        for mode in np.flatnonzero(made.chain.modes.offer == offer):
            lower = np.zeros(len(made.chain.modes))
            lower[mode] = 1.0
            award = LotSolver(made.chain).solve(required=lower)
            if award.open[mode]:
                found.append(award.value)
        return max(found, default=None)
