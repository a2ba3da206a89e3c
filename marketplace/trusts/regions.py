"""In which region of England a local authority is, by its code in the schools register. Pure.

The codes are those of the Department for Education; some that ended stay on schools that closed.
"""

from __future__ import annotations

from collections.abc import Iterable

ELSEWHERE = "Elsewhere"
REGIONS = {
    "East Midlands": "830 831 855 856 857 891 892 925 928 940 941",
    "East of England": "820 821 822 823 873 874 881 882 883 919 926 935",
    "London": (
        "201 202 203 204 205 206 207 208 209 210 211 212 213 301 302 303 304 305 306 307 308 309 310 311 312 "
        "313 314 315 316 317 318 319 320"
    ),
    "North East": "390 391 392 393 394 805 806 807 808 840 841 929",
    "North West": (
        "340 341 342 343 344 350 351 352 353 354 355 356 357 358 359 875 876 877 888 889 890 895 896 909 "
        "942 943"
    ),
    "South East": "825 826 845 846 850 851 852 867 868 869 870 871 872 886 887 921 931 936 938",
    "South West": "420 800 801 802 803 835 836 837 838 839 865 866 878 879 880 908 916 933",
    "West Midlands": "330 331 332 333 334 335 336 860 861 884 885 893 894 937",
    "Yorkshire and the Humber": "370 371 372 373 380 381 382 383 384 810 811 812 813 815 816",
}
_region = {code: name for name, codes in REGIONS.items() for code in codes.split()}


def region_of(code: str) -> str:
    """The region of a local authority; Elsewhere for one of Wales, or one that is not known here."""
    return _region.get(code, ELSEWHERE)


def by_region(codes: Iterable[str]) -> dict[str, list[str]]:
    """Codes in their order, region by region; no region that has none."""
    found: dict[str, list[str]] = {name: [] for name in (*REGIONS, ELSEWHERE)}
    for code in codes:
        found[region_of(code)].append(code)
    return {name: its for name, its in found.items() if its}
